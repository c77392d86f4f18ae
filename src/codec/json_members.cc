#include "codec/json_members.h"

#include <cstddef>

namespace pmx {
namespace {

bool is_between(char byte) noexcept {
  return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == ',';
}
bool ends_scalar(char byte) noexcept { return is_between(byte) || byte == '}' || byte == ']'; }

std::string_view between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::optional<JsonMember> JsonMembers::next() noexcept {
  skip_space();
  if (*at_ != '"') return std::nullopt;
  const char* const begin = at_;
  skip_string();
  const std::string_view key = between(begin + 1, at_ - 1);
  while (*at_ != ':') ++at_;
  ++at_;
  skip_space();
  const char* const value = at_;
  skip_value();
  return JsonMember{
      between(begin, at_), {.text = key, .escaped = key.contains('\\')}, between(value, at_)};
}

void JsonMembers::skip_space() noexcept {
  while (is_between(*at_)) ++at_;
}

void JsonMembers::skip_string() noexcept {
  const char* at = scan_.next(at_ + 1);
  while (*at == '\\') at = scan_.next(at + 2);
  at_ = at + 1;
}

void JsonMembers::skip_value() noexcept {
  if (*at_ == '"') return skip_string();
  std::size_t depth = 0;
  do {
    if (*at_ == '"') {
      skip_string();
      continue;
    }
    if (*at_ == '{' || *at_ == '[') {
      ++depth;
    } else if (depth > 0 && (*at_ == '}' || *at_ == ']')) {
      --depth;
    }
    ++at_;
  } while (depth > 0 || !ends_scalar(*at_));
}

}  // namespace pmx
