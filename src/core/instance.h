// The life of one process, as a state machine without a process: event in, effects out.
#pragma once

#include <optional>

#include "core/instance_state.h"

namespace pmx {

// What the instance becomes, and what the world must do about it.
// Pure: no clock, no system calls, no allocation.
[[nodiscard]] InstanceEffects step(Instance& instance, const InstanceEvent& event,
                                   const LifePolicy& policy, Instant now) noexcept;

// Whether the state does anything with the event; else `step` changes nothing.
[[nodiscard]] bool heeds(const InstanceState& state, const InstanceEvent& event) noexcept;

// When `step` must be called with TimePassed, if ever. The loop sleeps until the earliest.
[[nodiscard]] std::optional<Instant> deadline(const InstanceState& state) noexcept;

// What its process is there for, or the next one where it has none.
[[nodiscard]] Role role_of(const Instance& instance, const LifePolicy& policy) noexcept;

// The command of such a process; null for the app's own, and where there is none.
[[nodiscard]] const Hook* hook_of(const LifePolicy& policy, Role role) noexcept;

// The process this instance owns, if any.
[[nodiscard]] std::optional<Pid> pid(const InstanceState& state) noexcept;

// It is being stopped because it was found unhealthy, and nobody has asked for anything else since.
[[nodiscard]] bool is_stopped_as_failure(const InstanceState& state) noexcept;
// Since when it has the app's process, if nobody has asked that to stop.
[[nodiscard]] std::optional<Instant> up_since(const InstanceState& state) noexcept;

// At rest, or on the way there, for as long as nobody asks for anything else.
[[nodiscard]] bool stays_down(const InstanceState& state) noexcept;

// Neither a process nor a plan to have one.
[[nodiscard]] bool is_at_rest(const InstanceState& state) noexcept;

}  // namespace pmx
