#include "codec/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include "base/text.h"

namespace pmx {
namespace {

using Words = std::array<std::string_view, 3>;
constexpr Words kNull{"null", "Null", "NULL"};
constexpr Words kTrue{"true", "True", "TRUE"};
constexpr Words kFalse{"false", "False", "FALSE"};
constexpr Words kInfinity{".inf", ".Inf", ".INF"};
constexpr Words kNoNumber{".nan", ".NaN", ".NAN"};
constexpr std::string_view kDigits = "0123456789";

bool is_one_of(const Words& words, std::string_view text) {
  return std::ranges::find(words, text) != words.end();
}

std::string_view without_sign(std::string_view text) {
  const bool is_signed = text.starts_with('-') || text.starts_with('+');
  return is_signed ? text.substr(1) : text;
}

// Removes the digits in front; false when there are none.
bool skip_digits(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of(kDigits), text.size());
  text.remove_prefix(end);
  return end > 0;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_decimal(std::string_view text) {
  text = without_sign(text);
  const bool has_whole = skip_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!skip_digits(text) && !has_whole) return false;
  } else if (!has_whole) {
    return false;
  }
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text = without_sign(text.substr(1));
  return skip_digits(text) && text.empty();
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  const bool is_octal = text.starts_with("0o");
  if (is_octal || text.starts_with("0x")) {
    return parse_number<std::uint32_t>(text.substr(2), is_octal ? 8 : 16);
  }
  if (without_sign(text).starts_with('-')) return std::nullopt;
  return parse_number<std::int64_t>(text.starts_with('+') ? text.substr(1) : text);
}

std::optional<double> real_number(std::string_view text) {
  const double infinity = std::numeric_limits<double>::infinity();
  if (is_one_of(kInfinity, without_sign(text))) return text.starts_with('-') ? -infinity : infinity;
  if (is_one_of(kNoNumber, text)) return std::numeric_limits<double>::quiet_NaN();
  if (!is_decimal(text)) return std::nullopt;
  return std::strtod(std::string(text).c_str(), nullptr);
}

bool is_null(std::string_view text) {
  return text.empty() || text == "~" || is_one_of(kNull, text);
}

}  // namespace

Node::Value core_schema_value(std::string_view text) {
  if (is_null(text)) return {};
  if (is_one_of(kTrue, text)) return true;
  if (is_one_of(kFalse, text)) return false;
  if (const auto whole = whole_number(text)) return *whole;
  if (const auto real = real_number(text)) return *real;
  return std::string(text);
}

std::optional<Node::Value> tagged_value(std::string_view tag, std::string_view text) {
  constexpr std::string_view kOwn = "tag:yaml.org,2002:";
  if (!tag.starts_with(kOwn)) return std::nullopt;
  const std::string_view kind = tag.substr(kOwn.size());
  if (kind == "str") return std::string(text);
  Node::Value value = core_schema_value(text);
  if (kind == "float" && std::holds_alternative<std::int64_t>(value)) return value;
  const bool fits = (kind == "null" && std::holds_alternative<std::monostate>(value)) ||
                    (kind == "bool" && std::holds_alternative<bool>(value)) ||
                    (kind == "int" && std::holds_alternative<std::int64_t>(value)) ||
                    (kind == "float" && std::holds_alternative<double>(value));
  if (!fits) return std::nullopt;
  return value;
}

}  // namespace pmx
