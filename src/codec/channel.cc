#include "codec/channel.h"

#include <array>
#include <utility>

#include "base/fixed_text.h"
#include "base/named.h"
#include "codec/json_members.h"
#include "codec/json_object.h"
#include "codec/json_string.h"

namespace pmx {
namespace {

using Kind = ChannelMessage::Kind;

constexpr std::array<Named<Kind>, 4> kTypes{{{"\"axm:monitor\"", Kind::metrics},
                                             {"\"axm:action\"", Kind::action},
                                             {"\"axm:reply\"", Kind::reply},
                                             {"\"process:exception\"", Kind::exception}}};

// Objects of so many times the room for all are not even looked at: that would take long.
constexpr std::size_t kMuchTooLarge = 4;

// As Node does it (isInternal in its child_process).
bool is_internal(std::string_view cmd) noexcept {
  constexpr std::string_view kPrefix = "\"NODE_";
  return cmd.starts_with(kPrefix) && cmd.size() > kPrefix.size() + 1;
}

// Appends whole pieces to a fixed space, or says that they do not fit.
class Appender {
 public:
  explicit Appender(std::span<char> out) noexcept : out_(out) {}

  [[nodiscard]] bool fits(std::size_t bytes) const noexcept { return bytes <= out_.size() - size_; }
  void add(std::string_view text) noexcept { size_ += text.copy(out_.data() + size_, text.size()); }
  [[nodiscard]] bool add_escaped(std::string_view text) noexcept {
    const Escaped escaped = escape_json(text, out_.subspan(size_));
    size_ += escaped.written;
    return escaped.consumed == text.size();
  }
  [[nodiscard]] std::string_view text() const noexcept { return {out_.data(), size_}; }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
};

class Merging {
 public:
  Merging(std::size_t most, std::span<char> out) noexcept : out_(out), most_(most) {}

  void add(std::string_view key, std::string_view value) noexcept {
    const std::size_t size = key.size() + value.size() + std::string_view("\"\":,}").size();
    if (count_ == most_ || !out_.fits(size)) return;
    out_.add(count_++ == 0 ? "{\"" : ",\"");
    out_.add(key);
    out_.add("\":");
    out_.add(value);
  }
  [[nodiscard]] std::string_view finish() noexcept {
    if (count_ > 0) out_.add("}");
    return out_.text();
  }

 private:
  Appender out_;
  std::size_t most_;
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

// The last of that key, as in JavaScript.
std::string_view find(std::string_view object, const JsonKey& key) noexcept {
  std::string_view found;
  for_each_member(object, std::string_view::npos, [&](const JsonMember& member) {
    if (same_key(member.key, key)) found = member.value;
  });
  return found;
}

}  // namespace

bool MessageFraming::is_whole(std::size_t size) noexcept {
  known_ = 0;
  if (std::exchange(is_passing_over_, false)) return false;
  if (size <= longest_) return true;
  ++over_long_;
  return false;
}

std::size_t MessageFraming::pass_over(std::size_t rest) noexcept {
  if (!is_passing_over_ && rest > longest_) {
    is_passing_over_ = true;
    ++over_long_;
  }
  known_ = is_passing_over_ ? 0 : rest;
  return rest - known_;
}

ChannelMessage read_channel_message(std::string_view message) noexcept {
  if (message == "\"ready\"") return {Kind::ready, {}};
  const auto object = find_json_object(message);
  if (!object) return {};
  if (is_internal(find_member(*object, "cmd"))) return {Kind::internal, *object};
  const auto kind = from_name(kTypes, find_member(*object, "type"));
  const std::string_view data = find_member(*object, "data");
  if (!kind || !data.starts_with('{')) return {};
  return {*kind, data};
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

std::size_t write_action_call(std::string_view action, std::optional<std::string_view> parameter,
                              unsigned id, std::span<char> out) noexcept {
  const FixedText<32> end("\",\"id\":", id, "}\n");
  Appender call(out);
  const auto add = [&call](std::string_view text) {
    if (!call.fits(text.size())) return false;
    call.add(text);
    return true;
  };
  const bool is_whole = parameter ? add("{\"msg\":\"") && call.add_escaped(action) &&
                                        add("\",\"opts\":\"") && call.add_escaped(*parameter) &&
                                        add(end.text())
                                  : add("\"") && call.add_escaped(action) && add("\"\n");
  return is_whole ? call.text().size() : 0;
}

}  // namespace pmx
