#include "codec/json_members.h"

#include "codec/record_writer.h"

namespace pmx {
namespace {

bool is_between(char byte) noexcept {
  return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == ',';
}
bool ends_scalar(char byte) noexcept { return is_between(byte) || byte == '}' || byte == ']'; }

std::string_view between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

// Objects of so many times the room for all are not even looked at: that would take long.
constexpr std::size_t kMuchTooLarge = 4;

class Merging {
 public:
  Merging(std::size_t most, std::span<char> out) noexcept : out_(out), most_(most) {}

  void add(std::string_view key, std::string_view value) noexcept {
    if (count_ == most_) return;
    RecordWriter out(out_.subspan(size_));
    out << (count_ == 0 ? "{\"" : ",\"") << key << "\":" << value;
    const std::size_t before_brace = out.size();
    out << "}";
    if (out.size() == 0) return;
    size_ += before_brace;
    ++count_;
  }
  [[nodiscard]] std::string_view finish() noexcept {
    if (count_ > 0) out_[size_++] = '}';
    return {out_.data(), size_};
  }

 private:
  std::span<char> out_;
  std::size_t most_;
  std::size_t size_ = 0;
  std::size_t count_ = 0;
};

template <class Take>
void for_each_member(std::string_view object, std::size_t most, Take take) noexcept {
  if (object.empty()) return;
  JsonMembers members(object);
  for (std::size_t n = 0; n < most; ++n) {
    const auto member = members.next();
    if (!member) return;
    take(*member);
  }
}

std::string_view find(std::string_view object, const JsonKey& key) noexcept {
  std::string_view found;
  for_each_member(object, std::string_view::npos, [&](const JsonMember& member) {
    if (same_key(member.key, key)) found = member.value;
  });
  return found;
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

std::string_view find_member(std::string_view object, std::string_view key) noexcept {
  return find(object, {.text = key, .escaped = false});
}

std::string_view merge_members(std::string_view old, std::string_view fresh, std::size_t most,
                               std::span<char> out) noexcept {
  if (fresh.size() > kMuchTooLarge * out.size()) fresh = {};
  Merging merging(most, out);
  for_each_member(old, most, [&](const JsonMember& member) {
    const std::string_view latest = find(fresh, member.key);
    merging.add(member.key.text, latest.empty() ? member.value : latest);
  });
  for_each_member(fresh, most, [&](const JsonMember& member) {
    const bool is_last = find(fresh, member.key).data() == member.value.data();
    if (is_last && find(old, member.key).empty()) merging.add(member.key.text, member.value);
  });
  return merging.finish();
}

}  // namespace pmx
