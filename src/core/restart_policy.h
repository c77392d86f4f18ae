// Whether a process that has ended is started again, and after how long.
#pragma once

#include "core/instance_state.h"

namespace pmx {

// Counts the end of a run of this length (zero: there was no process) and decides what follows.
[[nodiscard]] Outcome outcome_of_end(Instance& instance, const LifePolicy& policy,
                                     ExitStatus status, Duration uptime, Instant now) noexcept;

// The same for one that was stopped because it was unhealthy: whatever it ended with, it failed.
[[nodiscard]] Outcome outcome_of_failure(Instance& instance, const LifePolicy& policy,
                                         ExitStatus status, Duration uptime, Instant now) noexcept;

// The same for one that could not be started because something was short. Whatever it ends with
// later, it has not run yet: it is tried again, with delays that give the shortage time to pass.
[[nodiscard]] Outcome outcome_of_shortage(Instance& instance, const LifePolicy& policy,
                                          ExitStatus status, Instant now) noexcept;

}  // namespace pmx
