// pmx-init: PID 1 for containers.
#include "cli/main.h"

#include <unistd.h>

#include "cli/init_request.h"

int main(int argc, char** argv) {
  // Before anything else: a signal that arrives from here on waits until it can be forwarded.
  const pmx::os::SignalMask original = pmx::cli::signals_to_handle(false).install();
  const int code = pmx::cli::main(argc, argv, original);
  // Nothing is left to destroy that the kernel would not; stdio has been flushed where it was used.
  ::_exit(code);
}
