// Variables from files: those of a .env file, and secrets, each of which is a file of its own.
#pragma once

#include <expected>
#include <string>

#include "core/environment.h"
#include "os/os_error.h"

namespace pmx::runtime {

// Adds what the .env file says, and that it came from there. The error is a sentence with file and
// line; then nothing was added.
[[nodiscard]] std::expected<void, std::string> add_env_file(Environment& environment,
                                                            const std::string& path);

// What the file holds, without a newline at its end.
[[nodiscard]] std::expected<std::string, os::OsError> read_secret(const std::string& path);

// Reads all these files again that variables came from, and fills in anew what was filled in from
// such variables. What a .env file has no more is removed. The error is a sentence; then the
// environment is partly new.
[[nodiscard]] std::expected<void, std::string> refresh(Environment& environment);

}  // namespace pmx::runtime
