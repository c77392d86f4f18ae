// Supervising: from targets to a running loop; and looking at them without starting anything.
#pragma once

#include "cli/options.h"
#include "os/signal_mask.h"

namespace pmx::cli {

// Ends this process. All signals to handle are blocked; `original` is the mask that we were started
// with.
[[noreturn]] void run_apps(const Options& options, os::SignalMask original);

// Says what is wrong with the targets on stderr, or that nothing is; an exit code.
[[nodiscard]] int check_targets(const Options& options, os::SignalMask original);

// Prints what would come of the targets (cli/plan.h), or what is wrong with them; an exit code.
[[nodiscard]] int plan_targets(const Options& options, os::SignalMask original);

}  // namespace pmx::cli
