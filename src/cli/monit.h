// What runs, what it uses and what it says, on a terminal, until a key ends it: `pmx-init monit`.
#pragma once

#include "cli/options.h"

namespace pmx::cli {

// An exit code. All signals to handle are blocked.
[[nodiscard]] int monitor(const Options& options);

}  // namespace pmx::cli
