// Asks a running instance how it is: until it is ready, and from then on whether it is healthy. A
// state machine like the instance's own: event in, effects out, the deadline derived from the
// state.
#pragma once

#include <optional>
#include <variant>

#include "base/fixed_list.h"
#include "base/time.h"
#include "core/instance_state.h"
#include "core/probe.h"

namespace pmx {

// What there is to find out, by the state of the instance.
enum class CheckupPhase : unsigned char { nothing, readiness, health };
[[nodiscard]] CheckupPhase phase_of(const InstanceState& state) noexcept;

struct ProbeClock {
  bool is_asked = false;  // a probe is under way until `due`; else the next one begins then
  Instant due{};
};

struct Unasked {};
struct Delayed {
  Instant ready_at;
};
struct Questioned {  // is it ready?
  ProbeClock clock;
};
struct Observed {  // is it healthy?
  std::optional<ProbeClock> clock;
  unsigned bad_in_a_row = 0;
  Instant lenient_until{};           // bad answers do not count before
  std::optional<Instant> fed_until;  // with a watchdog
};
using CheckupState = std::variant<Unasked, Delayed, Questioned, Observed>;

struct Checkup {
  CheckupPhase phase = CheckupPhase::nothing;
  CheckupState state = Unasked{};
  ProbeResult last{};       // since the process was started
  bool is_leaving = false;  // it said that it is about to end: nothing is asked any more
};

struct PhaseBegan {
  CheckupPhase phase;
};
struct ProbeReturned {
  ProbeResult result;
};
struct Fed {};           // WATCHDOG=1
struct Triggered {};     // WATCHDOG=trigger
struct SaidStopping {};  // STOPPING=1
using CheckupEvent =
    std::variant<PhaseBegan, ProbeReturned, Fed, Triggered, SaidStopping, TimePassed>;

// Answered by ProbeReturned, unless DropProbe comes first.
struct AskProbe {
  ProbePurpose purpose;
};
struct DropProbe {};
struct FoundReady {};
struct FoundUnhealthy {
  ProbeResult last;
  unsigned bad_in_a_row;
};
using CheckupEffect = std::variant<AskProbe, DropProbe, FoundReady, FoundUnhealthy>;
using CheckupEffects = FixedList<CheckupEffect, 3>;

// Pure: no clock, no system calls, no allocation. Once it has found something it asks no more until
// the next phase.
[[nodiscard]] CheckupEffects step(Checkup& checkup, const CheckupEvent& event,
                                  const LifePolicy& policy, Instant now) noexcept;

// When `step` must be called with TimePassed, if ever.
[[nodiscard]] std::optional<Instant> deadline(const Checkup& checkup) noexcept;

// By the last answer that counts: nothing while there was none, or where nobody asks.
[[nodiscard]] std::optional<bool> is_healthy(const Checkup& checkup) noexcept;

}  // namespace pmx
