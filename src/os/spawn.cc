#include "os/spawn.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <optional>

#include "os/child_setup.h"
#include "os/dumpable.h"

namespace pmx::os {
namespace {

// Between our frame and the child's stack: what clone() itself uses.
constexpr std::size_t kGap = 2'048;

}  // namespace

// Part of no other function, whose frame could reach further down.
[[gnu::noinline]] std::expected<Pid, SpawnError> spawn(const SpawnPlan& plan) noexcept {
  Errand errand{plan, {}};
  // It is a property of our memory, which is the child's too when it changes.
  std::optional<KeptDumpable> dumpable;
  if (plan.user || plan.group || plan.changes_capabilities) dumpable.emplace();
  // As with vfork(2) the child runs on our own stack, below what we use of it, whose pages are
  // there already: we sleep until it is done, and we have no signal handlers that need the place.
  char* const stack = static_cast<char*>(__builtin_frame_address(0)) - kGap;
  const int pid = ::clone(run_errand, stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &errand);
  if (pid < 0) return std::unexpected(SpawnError{SpawnStage::new_process, errno, 0});
  if (errand.error.error_number == 0) return Pid{pid};
  // Nobody but us knows of it: reaped here, it never becomes an event.
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return std::unexpected(errand.error);
}

}  // namespace pmx::os
