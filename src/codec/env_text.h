// Variables from the text of a .env file.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace pmx {

struct EnvProblem {
  std::size_t line = 0;   // from 1
  std::string_view rule;  // what is wrong with it
};

// NAME=value lines as Node's --env-file and dotenv read them: blank lines and `#` comments are
// skipped, `export ` is allowed in front. A value without quotes is trimmed and ends at ` #`; one
// in '…', "…" or `…` is taken as it is and may span lines, with \n, \r, \t, \" and \\ understood
// between double quotes. The result is "NAME=value" for each, in order.
[[nodiscard]] std::expected<std::vector<std::string>, EnvProblem> parse_env(std::string_view text);

// A variable's name: not empty, no `=`, no NUL, no white space.
[[nodiscard]] bool is_env_name(std::string_view name) noexcept;

}  // namespace pmx
