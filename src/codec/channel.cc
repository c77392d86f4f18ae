#include "codec/channel.h"

#include <array>
#include <utility>

#include "base/named.h"
#include "codec/json_members.h"
#include "codec/json_object.h"
#include "codec/record_writer.h"

namespace pmx {
namespace {

using Kind = ChannelMessage::Kind;

constexpr std::array<Named<Kind>, 4> kTypes{{{"\"axm:monitor\"", Kind::metrics},
                                             {"\"axm:action\"", Kind::action},
                                             {"\"axm:reply\"", Kind::reply},
                                             {"\"process:exception\"", Kind::exception}}};

// As Node does it (isInternal in its child_process).
bool is_internal(std::string_view cmd) noexcept {
  constexpr std::string_view kPrefix = "\"NODE_";
  return cmd.starts_with(kPrefix) && cmd.size() > kPrefix.size() + 1;
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

std::size_t write_action_call(std::string_view action, std::optional<std::string_view> parameter,
                              unsigned id, std::span<char> out) noexcept {
  RecordWriter call(out);
  if (parameter) {
    call << "{\"msg\":\"";
    call.escaped_whole(action) << "\",\"opts\":\"";
    call.escaped_whole(*parameter) << "\",\"id\":" << std::int64_t{id} << "}\n";
  } else {
    call << "\"";
    call.escaped_whole(action) << "\"\n";
  }
  return call.size();
}

}  // namespace pmx
