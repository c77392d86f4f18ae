// Variables from files: those of a .env file, and secrets, each of which is a file of its own.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "core/environment.h"
#include "os/os_error.h"

namespace pmx::runtime {

// Adds what the .env file says, and that it came from there. The error is a sentence with file and
// line; then nothing was added.
[[nodiscard]] std::expected<void, std::string> add_env_file(Environment& environment,
                                                            const std::string& path);

// What the file holds, without a newline at its end.
[[nodiscard]] std::expected<std::string, os::OsError> read_secret(const std::string& path);

// What the text is when its ${NAME}s are filled in. One with a secret in it is one as well.
void set_filled_in(Environment& environment, std::string_view name, const std::string& text);

// Does again all that was done to it, with what the files hold now. The error is a sentence; then
// the environment is as it was.
[[nodiscard]] std::expected<void, std::string> refresh(Environment& environment);

}  // namespace pmx::runtime
