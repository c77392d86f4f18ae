// The life of one process, as a state machine without a process: event in, effects out.
#pragma once

#include <optional>
#include <variant>

#include "base/fixed_list.h"
#include "base/ids.h"
#include "base/signals.h"
#include "base/time.h"

namespace pmx {

enum class Restart : unsigned char { never, on_failure, always };

// What the manifest says about one instance's life.
struct LifePolicy {
  Restart restart = Restart::always;
  Duration ready_timeout{3'000};
  Duration kill_timeout{8'000};
  Duration backoff_initial{100};
  Duration backoff_max{15'000};
  Duration healthy_after{1'000};
  unsigned max_restarts = 16;
  SignalNumber stop_signal = kSigTerm;
  bool waits_for_ready = false;
};

enum class After : unsigned char { stay_down, start_again };

// One struct per state, holding exactly what is true in that state and nothing else.
// A pid exists only where a process exists; a deadline exists only where time can move us on.
struct Stopped {};
struct Launching {};  // asked for a process; never outlives one turn of the loop
struct Starting {
  Pid pid;
  Instant started_at;
  Instant ready_by;
};
struct Online {
  Pid pid;
  Instant since;
};
struct Stopping {
  Pid pid;
  Instant started_at;
  Instant kill_at;
  After after;
};
struct Killing {
  Pid pid;
  Instant started_at;
  Instant repeat_at;
  After after;
};
struct Backoff {
  Instant retry_at;
};
struct Errored {
  ExitStatus last;
};
using InstanceState =
    std::variant<Stopped, Launching, Starting, Online, Stopping, Killing, Backoff, Errored>;

struct StartRequested {};
struct StopRequested {
  After after = After::stay_down;
};
struct ProcessStarted {
  Pid pid;
};
struct ProcessFailed {  // there is no process: it could not be made, or exec failed
  ExitStatus status;
};
struct BecameReady {};
struct ProcessEnded {
  ExitStatus status;
};
struct TimePassed {};
using InstanceEvent = std::variant<StartRequested, StopRequested, ProcessStarted, ProcessFailed,
                                   BecameReady, ProcessEnded, TimePassed>;

struct Spawn {};
struct Signal {
  Pid pid{};
  SignalNumber signal{};
};
struct CameOnline {
  Pid pid{};
};
struct WentDown {  // the process has ended; what comes next is in the new state
  Pid pid{};
  ExitStatus status{};
  Duration uptime{};
};
using InstanceEffect = std::variant<Spawn, Signal, CameOnline, WentDown>;
using InstanceEffects = FixedList<InstanceEffect, 4>;

struct Instance {
  InstanceState state = Stopped{};
  unsigned restarts_in_a_row = 0;
};

// What the instance becomes, and what the world must do about it.
// Pure: no clock, no system calls, no allocation.
[[nodiscard]] InstanceEffects step(Instance& instance, const InstanceEvent& event,
                                   const LifePolicy& policy, Instant now) noexcept;

// When `step` must be called with TimePassed, if ever. The loop sleeps until the earliest.
[[nodiscard]] std::optional<Instant> deadline(const InstanceState& state) noexcept;

// The process this instance owns, if any.
[[nodiscard]] std::optional<Pid> pid(const InstanceState& state) noexcept;

}  // namespace pmx
