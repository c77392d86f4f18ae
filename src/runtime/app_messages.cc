#include "runtime/app_messages.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "codec/app_message.h"
#include "codec/json_members.h"
#include "codec/json_unescape.h"

namespace pmx::runtime {
namespace {

constexpr std::size_t kRoom = 16 * 1024;

std::span<char> room(const os::PageBuffer& buffer) noexcept {
  return {buffer.get(), buffer.size()};
}

}  // namespace

void AppMessages::take(InstanceId instance, const ChannelMessage& message) {
  if (fresh_.size() == 0) {
    fresh_ = os::PageBuffer(kRoom);
    merged_ = os::PageBuffer(kRoom);
  }
  Told& told = told_[static_cast<std::size_t>(instance)];
  using enum ChannelMessage::Kind;
  if (message.kind == metrics) {
    merge(read_metrics(message.content, room(fresh_)), kMostMetrics, told.metrics,
          told.metrics_size);
  } else if (message.kind == action) {
    merge(read_action(message.content, room(fresh_)), kMostActions, told.actions,
          told.actions_size);
  } else if (message.kind == reply) {
    answer(instance, message.content);
  }
}

void AppMessages::merge(std::string_view fresh, std::size_t most, os::PageBuffer& kept,
                        std::size_t& kept_size) {
  if (fresh.empty()) return;
  if (kept.size() == 0) kept = os::PageBuffer(kRoom);
  const std::string_view all = merge_members({kept.get(), kept_size}, fresh, most, room(merged_));
  std::memcpy(kept.get(), all.data(), all.size());
  kept_size = all.size();
}

// Of two calls of one action the earlier one is answered first.
void AppMessages::answer(InstanceId instance, std::string_view reply) {
  std::array<char, 1024> bytes;
  const std::string_view action = unescape_json(find_member(reply, "action_name"), bytes);
  const auto call = std::ranges::find_if(calls_, [&](const Call& one) {
    return one.instance == instance && one.state == CallState::Kind::waiting &&
           one.action == action;
  });
  if (call == calls_.end()) return;
  const std::string_view returned = find_member(reply, "return");
  call->answer = returned.empty() ? "null" : returned;
  call->state = CallState::Kind::answered;
}

void AppMessages::forget(InstanceId instance) noexcept {
  Told& told = told_[static_cast<std::size_t>(instance)];
  told.metrics_size = 0;
  told.actions_size = 0;
  for (Call& call : calls_) {
    const bool waits = call.instance == instance && call.state == CallState::Kind::waiting;
    if (waits) call.state = CallState::Kind::ended;
  }
}

std::string_view AppMessages::metrics(InstanceId instance) const noexcept {
  const Told& told = told_[static_cast<std::size_t>(instance)];
  return {told.metrics.get(), told.metrics_size};
}

std::string_view AppMessages::actions(InstanceId instance) const noexcept {
  const Told& told = told_[static_cast<std::size_t>(instance)];
  return {told.actions.get(), told.actions_size};
}

std::optional<CallId> AppMessages::expect(InstanceId instance, std::string_view action) {
  if (calls_.size() == kMostCalls) return std::nullopt;
  const CallId id{++last_call_};
  calls_.push_back({.id = id, .instance = instance, .action = std::string(action)});
  return id;
}

CallState AppMessages::state_of(CallId call) const noexcept {
  const auto found = std::ranges::find(calls_, call, &Call::id);
  if (found == calls_.end()) return {};
  return {found->state, found->answer};
}

void AppMessages::drop(CallId call) noexcept {
  std::erase_if(calls_, [&](const Call& one) { return one.id == call; });
}

}  // namespace pmx::runtime
