#include "os/scheduling.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pmx::os {
namespace {

// As the policy itself, of the whole process.
bool is_batch = false;
bool may_change = true;

// musl has the functions and refuses them: POSIX means them for threads.
bool set_policy(int policy) noexcept {
  const sched_param no_priority{};
  return ::syscall(SYS_sched_setscheduler, 0, policy, &no_priority) == 0;
}

}  // namespace

void schedule_as_batch(bool is_wanted) noexcept {
  if (is_wanted == is_batch || !may_change) return;
  const bool is_usual = is_batch || ::syscall(SYS_sched_getscheduler, 0) == SCHED_OTHER;
  may_change = is_usual && set_policy(is_wanted ? SCHED_BATCH : SCHED_OTHER);
  if (may_change) is_batch = is_wanted;
}

void schedule_as_usual() noexcept {
  if (is_batch) static_cast<void>(set_policy(SCHED_OTHER));
}

}  // namespace pmx::os
