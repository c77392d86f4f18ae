#include "cli/indented_json.h"

#include <cstddef>

namespace pmx::cli {
namespace {

// Up to behind the quotation mark that ends it.
std::string_view string_at(std::string_view json) noexcept {
  std::size_t end = 1;
  while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
  return json.substr(0, end + 1);
}

// What begins with a bracket: whether the next one that is in no text closes it.
bool is_short_list(std::string_view json) noexcept {
  json.remove_prefix(1);
  while (!json.empty() && !std::string_view("[]{").contains(json.front())) {
    json.remove_prefix(json.front() == '"' ? string_at(json).size() : 1);
  }
  return json.starts_with(']');
}

void break_line(std::string& text, std::size_t depth) {
  text += '\n';
  text.append(depth * 2, ' ');
}

}  // namespace

std::string indented_json(std::string_view json) {
  std::string text;
  std::size_t depth = 0;
  bool is_short = false;
  while (!json.empty()) {
    const char token = json.front();
    if (token == '"') {
      const std::string_view whole = string_at(json);
      text += whole;
      json.remove_prefix(whole.size());
      continue;
    }
    const bool is_empty = json.starts_with("{}") || json.starts_with("[]");
    const bool is_end = token == '}' || token == ']';
    if (is_empty) {
      text += json.substr(0, 2);
      json.remove_prefix(2);
      continue;
    }
    if (token == '[') is_short = is_short_list(json);
    if (is_end && !is_short) break_line(text, --depth);
    if (is_end) is_short = false;
    text += token;
    if (token == ':' || (token == ',' && is_short)) text += ' ';
    const bool opens = (token == '{' || token == '[') && !is_short;
    if (opens) ++depth;
    if (opens || (token == ',' && !is_short)) break_line(text, depth);
    json.remove_prefix(1);
  }
  return text;
}

}  // namespace pmx::cli
