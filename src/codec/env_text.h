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

// NAME=value lines as Node's --env-file reads them (22 and later): other lines and comments are
// skipped, `export ` is allowed in front. A value without quotes is trimmed and ends at `#`; one in
// '…', "…" or `…` is taken as it is and may span lines, with \n for a newline between double
// quotes, and what is behind it is skipped. The result is "NAME=value" for each, in order.
[[nodiscard]] std::expected<std::vector<std::string>, EnvProblem> parse_env(std::string_view text);

// A variable's name: not empty, no `=`, no NUL, no white space.
[[nodiscard]] bool is_env_name(std::string_view name) noexcept;

// The text with ${NAME} and ${NAME:-default} filled in: `find` answers the variable's value or
// null. A variable that is not there is empty, as in a shell; with a default also one that is
// empty. What is no such form, "$5" or "${", stays as it is.
template <class Find>
[[nodiscard]] std::string fill_in(std::string_view text, Find find) {
  std::string filled;
  for (;;) {
    const std::size_t begin = text.find("${");
    const std::size_t end = begin == text.npos ? text.npos : text.find('}', begin);
    filled += text.substr(0, end == text.npos ? end : begin);
    if (end == text.npos) return filled;
    const std::string_view inside = text.substr(begin + 2, end - begin - 2);
    const std::size_t dash = inside.find(":-");
    const std::string_view name = inside.substr(0, dash);
    const char* const value = find(name);
    const bool is_empty = value == nullptr || *value == '\0';
    if (!is_env_name(name))
      filled += text.substr(begin, end - begin + 1);
    else if (!is_empty)
      filled += value;
    else if (dash != inside.npos)
      filled += inside.substr(dash + 2);
    text.remove_prefix(end + 1);
  }
}

}  // namespace pmx
