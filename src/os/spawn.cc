#include "os/spawn.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>

#include "os/child_setup.h"

namespace pmx::os {
namespace {

// Enough for libcap-ng's reading of /proc and a path of 4 KiB.
constexpr std::size_t kStackSize = 64 * 1024;
alignas(64) char child_stack[kStackSize];

}  // namespace

std::expected<Pid, SpawnError> spawn(const SpawnPlan& plan) noexcept {
  Errand errand{plan, {}};
  const int pid =
      ::clone(run_errand, child_stack + kStackSize, CLONE_VM | CLONE_VFORK | SIGCHLD, &errand);
  if (pid < 0) return std::unexpected(SpawnError{SpawnStage::new_process, errno, 0});
  if (errand.error.error_number == 0) return Pid{pid};
  // Nobody but us knows of it: reaped here, it never becomes an event.
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return std::unexpected(errand.error);
}

}  // namespace pmx::os
