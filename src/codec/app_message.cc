#include "codec/app_message.h"

#include <array>
#include <cmath>
#include <cstdlib>

#include "base/text.h"
#include "codec/json_members.h"
#include "codec/json_unescape.h"
#include "codec/record_writer.h"

namespace pmx {
namespace {

// What comes behind so many members is not even looked at.
constexpr std::size_t kMostLookedAt = 4 * kMostMetrics;

bool is_text(std::string_view value) noexcept {
  return value.starts_with('"') && value.size() <= kLongestToldValue;
}

// A number that JSON can hold may be none that a program can. At most kLongestToldValue bytes.
bool is_finite(std::string_view number) noexcept {
  const bool is_number = number.front() == '-' || is_digit(number.front());
  if (!is_number || number.find_first_not_of("0123456789+-.eE") != number.npos) return false;
  std::array<char, kLongestToldValue + 1> text{};
  number.copy(text.data(), number.size());
  char* end = nullptr;
  const double value = std::strtod(text.data(), &end);
  return end == text.data() + number.size() && std::isfinite(value);
}

bool is_value(std::string_view value) noexcept {
  if (value.empty() || value.size() > kLongestToldValue) return false;
  if (value == "true" || value == "false" || value == "null") return true;
  return is_text(value) || (value.front() != '{' && value.front() != '[' && is_finite(value));
}

void write_metric(const JsonMember& metric, RecordWriter& out) noexcept {
  out << "\"" << metric.key.text << "\":{\"value\":" << find_member(metric.value, "value");
  for (const std::string_view key : {"unit", "type"}) {
    const std::string_view text = find_member(metric.value, key);
    if (is_text(text)) out << ",\"" << key << "\":" << text;
  }
  out << "}";
}

bool is_metric(const JsonMember& member) noexcept {
  return member.key.text.size() <= kLongestToldName && member.value.starts_with('{') &&
         is_value(find_member(member.value, "value"));
}

}  // namespace

std::string_view read_metrics(std::string_view data, std::span<char> out) noexcept {
  JsonMembers members(data);
  std::size_t size = 0;
  std::size_t count = 0;
  for (std::size_t n = 0; n < kMostLookedAt && count < kMostMetrics; ++n) {
    const auto member = members.next();
    if (!member) break;
    if (!is_metric(*member)) continue;
    RecordWriter writer(out.subspan(size));
    writer << (size == 0 ? "{" : ",");
    write_metric(*member, writer);
    const std::size_t before_brace = writer.size();
    writer << "}";
    if (writer.size() == 0) continue;
    size += before_brace;
    ++count;
  }
  if (count == 0) return {};
  out[size++] = '}';
  return {out.data(), size};
}

std::string_view read_action(std::string_view data, std::span<char> out) noexcept {
  const std::string_view name = find_member(data, "action_name");
  const bool is_name = name.starts_with('"') && name.size() > 2 && name.size() <= kLongestToldName;
  if (!is_name) return {};
  RecordWriter writer(out);
  writer << "{" << name << ":true}";
  return {out.data(), writer.size()};
}

}  // namespace pmx
