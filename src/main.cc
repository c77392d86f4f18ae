// pmx-init: PID 1 for containers.
#include "cli/main.h"

#include <unistd.h>

#include <new>
#include <string_view>

#include "base/exit_code.h"
#include "cli/init_request.h"

namespace {

[[noreturn]] void cannot_begin(std::string_view sentence) {
  static_cast<void>(::write(STDERR_FILENO, sentence.data(), sentence.size()) < 0);
  ::_exit(number(pmx::ExitCode::cannot_work));
}

// Memory is only asked for before the command runs.
[[noreturn]] void out_of_memory() { cannot_begin("pmx-init: cannot begin: out of memory\n"); }

}  // namespace

int main(int argc, char** argv) {
  // Before anything else: a signal that arrives from here on waits until it can be forwarded.
  const auto original = pmx::cli::signals_to_handle(false).install();
  if (!original) cannot_begin("pmx-init: cannot begin: signals cannot be blocked\n");
  std::set_new_handler(out_of_memory);
  return pmx::cli::main(argc, argv, *original);
}
