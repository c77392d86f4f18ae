#include "codec/env_text.h"

#include <algorithm>

#include "base/concat.h"
#include "base/text.h"

namespace pmx {
namespace {

std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    switch (next) {
      case 'n':
        plain += '\n';
        break;
      case 'r':
        plain += '\r';
        break;
      case 't':
        plain += '\t';
        break;
      case '"':
        plain += '"';
        break;
      case '\\':
        plain += '\\';
        break;
      default:
        plain += text[i];
        continue;
    }
    ++i;
  }
  return plain;
}

// Where the closing quote is; a quote behind a backslash does not close double quotes.
std::size_t closing_quote(std::string_view text, char quote) noexcept {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\')
      ++i;
    else if (text[i] == quote)
      return i;
  }
  return std::string_view::npos;
}

// Removes a value from the front of `rest`, up to the end of its last line.
std::expected<std::string, std::string_view> take_value(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  const char quote = rest.empty() ? '\0' : rest.front();
  if (quote == '"' || quote == '\'' || quote == '`') {
    const std::size_t end = closing_quote(rest, quote);
    if (end == std::string_view::npos) return std::unexpected("the quote is never closed");
    const std::string_view inside = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    const std::string_view behind = trim(next_field(rest, '\n'));
    if (!behind.empty() && behind.front() != '#') {
      return std::unexpected("there is more behind the closing quote");
    }
    return quote == '"' ? unescape(inside) : std::string(inside);
  }
  std::string_view line = next_field(rest, '\n');
  if (line.starts_with('#')) line = {};
  const std::size_t comment = std::min(line.find(" #"), line.find("\t#"));
  return std::string(trim(line.substr(0, comment)));
}

}  // namespace

bool is_env_name(std::string_view name) noexcept {
  return !name.empty() && std::ranges::none_of(name, [](char c) {
    return c == '=' || c == '\0' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
  });
}

std::expected<std::vector<std::string>, EnvProblem> parse_env(std::string_view text) {
  std::vector<std::string> variables;
  const std::string_view whole = text;
  std::size_t at = 0;  // where the line that is being read begins
  const auto problem = [&](std::string_view rule) {
    const auto lines_before = std::ranges::count(whole.substr(0, at), '\n');
    return std::unexpected(EnvProblem{static_cast<std::size_t>(lines_before) + 1, rule});
  };
  while (!text.empty()) {
    at = whole.size() - text.size();
    const std::string_view line = text.substr(0, text.find('\n'));
    if (trim(line).empty() || trim(line).front() == '#') {
      next_field(text, '\n');
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return problem("there is no =");
    std::string_view name = trim(line.substr(0, equals));
    if (name.starts_with("export ")) name = trim(name.substr(7));
    if (!is_env_name(name)) return problem("that is no name");
    text.remove_prefix(equals + 1);
    const auto value = take_value(text);
    if (!value) return problem(value.error());
    if (value->contains('\0')) return problem("it contains a NUL byte");
    variables.push_back(concat(name, "=", *value));
  }
  return variables;
}

}  // namespace pmx
