// The command's environment: ours, then what files and options add.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace pmx::cli {

// In "NAME=value" form; a name that is there already gets the new value.
void set_variable(std::vector<std::string>& environment, std::string_view name,
                  std::string_view value);
void set_variable(std::vector<std::string>& environment, std::string_view assignment);

// Adds what a .env file says. The error is a sentence with file and line.
[[nodiscard]] std::expected<void, std::string> add_env_file(std::vector<std::string>& environment,
                                                            const std::string& path);

}  // namespace pmx::cli
