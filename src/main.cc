// pmx-init: PID 1 for containers.
#include <unistd.h>

#include <new>
#include <string_view>

#include "base/exit_code.h"
#include "cli/init_request.h"
#include "cli/main.h"

namespace {

// Memory is only asked for before the command runs.
[[noreturn]] void out_of_memory() {
  constexpr std::string_view kSentence = "pmx-init: cannot begin: out of memory\n";
  static_cast<void>(::write(STDERR_FILENO, kSentence.data(), kSentence.size()) < 0);
  ::_exit(number(pmx::ExitCode::cannot_work));
}

}  // namespace

int main(int argc, char** argv) {
  // Before anything else: a signal that arrives from here on waits until it can be forwarded.
  const pmx::os::SignalMask original = pmx::cli::signals_to_handle(false).install();
  std::set_new_handler(out_of_memory);
  return pmx::cli::main(argc, argv, original);
}
