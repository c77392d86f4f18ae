#include "codec/env_text.h"

#include <algorithm>

#include "base/concat.h"
#include "base/text.h"

namespace pmx {
namespace {

// Between double quotes \n is a newline, and nothing else is anything.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t newline = text.find("\\n"); newline != text.npos; newline = text.find("\\n")) {
    append(plain, text.substr(0, newline), "\n");
    text.remove_prefix(newline + 2);
  }
  return plain.append(text);
}

std::string_view without_blanks_in_front(std::string_view text) noexcept {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

// Removes a value from the front of `rest`, up to the end of its last line.
std::string take_value(std::string_view& rest) {
  rest = without_blanks_in_front(rest);
  const char quote = rest.empty() ? '\0' : rest.front();
  const bool is_quoted = quote == '"' || quote == '\'' || quote == '`';
  const std::size_t end = is_quoted ? rest.find(quote, 1) : rest.npos;
  if (end != rest.npos) {
    const std::string_view inside = rest.substr(1, end - 1);
    rest.remove_prefix(end);
    next_field(rest, '\n');
    return quote == '"' ? unescape(inside) : std::string(inside);
  }
  const std::string_view line = next_field(rest, '\n');
  // A quote that is never closed is one of the line's characters, and so is its #.
  return std::string(is_quoted ? line : trim(line.substr(0, line.find('#'))));
}

// Of the line that begins with it; empty: the line is none that sets a variable.
std::string_view name_at(std::string_view text) noexcept {
  const std::string_view line = text.substr(0, text.find('\n'));
  const std::size_t equals = line.find('=');
  std::string_view name = trim(line.substr(0, equals));
  if (equals == line.npos || name.starts_with('#')) return {};
  constexpr std::string_view kExport = "export ";
  return name.starts_with(kExport) ? without_blanks_in_front(name.substr(kExport.size())) : name;
}

}  // namespace

bool is_env_name(std::string_view name) noexcept {
  return !name.empty() && std::ranges::none_of(name, [](char c) {
    return c == '=' || c == '\0' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
  });
}

std::expected<std::vector<std::string>, EnvProblem> parse_env(std::string_view text) {
  std::vector<std::string> variables;
  std::string whole(text.substr(0, text.find_last_not_of(" \t\r\n") + 1));
  std::erase(whole, '\r');
  std::string_view rest = whole;
  while (!rest.empty()) {
    const std::string_view name = name_at(rest);
    if (name.empty()) {
      next_field(rest, '\n');
      continue;
    }
    const std::size_t at = whole.size() - rest.size();
    rest.remove_prefix(rest.find('=') + 1);
    variables.push_back(concat(name, "=", take_value(rest)));
    if (variables.back().contains('\0')) {
      const auto lines_before = std::ranges::count(whole.substr(0, at), '\n');
      return std::unexpected(
          EnvProblem{static_cast<std::size_t>(lines_before) + 1, "it contains a NUL byte"});
    }
  }
  return variables;
}

}  // namespace pmx
