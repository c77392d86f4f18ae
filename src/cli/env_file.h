// Variables from a .env file.
#pragma once

#include <expected>
#include <string>

#include "core/environment.h"

namespace pmx::cli {

// Adds what the file says, and that it came from there. The error is a sentence with file and line;
// then nothing was added.
[[nodiscard]] std::expected<void, std::string> add_env_file(Environment& environment,
                                                            const std::string& path);

}  // namespace pmx::cli
