// The subcommands that talk to the pmx-init that is running.
#pragma once

#include "cli/options.h"
#include "os/signal_mask.h"

namespace pmx::cli {

// Asks, prints what is answered, and returns the exit code (docs/cli.md, "Talking to the running
// one"). All signals to handle are blocked; `original` is the mask that we were started with.
[[nodiscard]] int ask_running(const Options& given, os::SignalMask original);

}  // namespace pmx::cli
