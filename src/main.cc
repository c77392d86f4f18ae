// pmx-init: PID 1 for containers.
#include "cli/init_request.h"
#include "cli/main.h"

int main(int argc, char** argv) {
  // Before anything else: a signal that arrives from here on waits until it can be forwarded.
  const pmx::os::SignalMask original = pmx::cli::signals_to_handle(false).install();
  return pmx::cli::main(argc, argv, original);
}
