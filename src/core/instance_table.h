// The life of one process as a table: from which state which event leads where. Not written down
// anywhere, but found out by asking the state machine.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "core/instance_state.h"

namespace pmx {

inline constexpr std::size_t kInstanceStates = std::variant_size_v<InstanceState>;
inline constexpr std::size_t kInstanceEvents = std::variant_size_v<InstanceEvent>;

// "stopped", in the order of the states.
[[nodiscard]] std::span<const std::string_view, kInstanceStates> instance_state_names() noexcept;
// "start requested", in the order of the events.
[[nodiscard]] std::span<const std::string_view, kInstanceEvents> instance_event_names() noexcept;

// A state does something with an event.
struct InstanceTransition {
  std::size_t from = 0;
  std::size_t event = 0;
  std::bitset<kInstanceStates> to;  // by policy and by what happened before; itself: it stays
};

// In the order of the states, and of the events of each.
[[nodiscard]] std::vector<InstanceTransition> instance_transitions();

}  // namespace pmx
