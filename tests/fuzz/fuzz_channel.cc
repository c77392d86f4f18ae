// Any bytes over the channel, cut anywhere: the messages do not depend on the cuts, and what is
// kept of them stays JSON.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "codec/app_message.h"
#include "codec/channel.h"
#include "codec/json_members.h"
#include "codec/json_object.h"
#include "codec/json_unescape.h"

namespace {

constexpr std::size_t kLongest = 64;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Heard {
  std::vector<std::string> messages;
  std::uint64_t over_long = 0;
  bool operator==(const Heard&) const = default;
};

Heard hear(std::string_view bytes, std::size_t piece) {
  Heard heard;
  pmx::MessageFraming framing(kLongest);
  std::string left;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    left += bytes.substr(at, piece);
    const std::size_t done =
        framing.split(left, [&](std::string_view one) { heard.messages.emplace_back(one); });
    left.erase(0, done);
    require(left.size() <= kLongest && !left.contains('\n'));
  }
  heard.over_long = framing.over_long();
  return heard;
}

void keep(std::string_view content) {
  std::array<char, 200> first;
  std::array<char, 200> second;
  const std::string_view kept = pmx::merge_members({}, content, 8, first);
  require(kept.empty() || pmx::find_json_object(kept).has_value());
  const std::string_view again = pmx::merge_members(kept, content, 8, second);
  require(again == kept);
  std::array<char, 20> text;
  require(pmx::unescape_json(pmx::find_member(content, "message"), text).size() <= text.size());
}

void keep_told(std::string_view content) {
  std::array<char, 300> metrics;
  std::array<char, 300> action;
  const std::string_view kept = pmx::read_metrics(content, metrics);
  const std::string_view name = pmx::read_action(content, action);
  require(name.empty() || pmx::find_json_object(name).has_value());
  std::array<char, 700> merged;
  const std::string_view both = pmx::merge_members(name, kept, 8, merged);
  require(both.empty() || pmx::find_json_object(both).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Heard whole = hear(bytes, std::max<std::size_t>(1, bytes.size()));
  require(hear(bytes, 1 + data[0]) == whole);
  for (const std::string& message : whole.messages) {
    require(message.size() <= kLongest && !message.contains('\n'));
  }
  using Kind = pmx::ChannelMessage::Kind;
  const pmx::ChannelMessage message = pmx::read_channel_message(bytes);
  if (message.kind == Kind::other || message.kind == Kind::ready) {
    require(message.content.empty());
  } else {
    require(pmx::find_json_object(message.content).has_value());
    keep(message.content);
    keep_told(message.content);
  }
  return 0;
}
