// From the arguments to an exit code.
#pragma once

#include "os/signal_mask.h"

namespace pmx::cli {

// `original` is the signal mask that we were started with; everything is blocked since.
[[nodiscard]] int main(int argc, char** argv, os::SignalMask original);

}  // namespace pmx::cli
