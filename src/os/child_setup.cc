#include "os/child_setup.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <string_view>

#include "base/fixed_text.h"
#include "os/capabilities.h"
#include "os/scheduling.h"
#include "os/terminal.h"

namespace pmx::os {
namespace {

// Each step: true, or false with the reason in errno.

bool start_session(const SpawnPlan& plan) {
  if (!plan.new_session) return true;
  if (::setsid() < 0) return false;
  ::ioctl(STDIN_FILENO, TIOCSCTTY, 0);  // not a terminal, or somebody else's: then without
  return true;
}

bool lead_group(const SpawnPlan& plan) {
  if (!plan.new_group) return true;
  if (::setpgid(0, 0) < 0) return false;
  if (plan.wants_foreground) give_foreground_to(Pid{::getpid()});
  return true;
}

bool place_descriptor(int from, int to) {
  return from < 0 || ::dup2(from, to) >= 0;  // dup2 clears close-on-exec
}

bool read_nothing(const SpawnPlan& plan) {
  if (!plan.stdin_is_null) return true;
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  return nothing >= 0 && place_descriptor(nothing, STDIN_FILENO);
}

// The descriptor table is the child's own: our copy is still closed on exec.
bool keep_channel(const SpawnPlan& plan) {
  return plan.channel_fd < 0 || ::fcntl(plan.channel_fd, F_SETFD, 0) == 0;
}

bool hand_over_sockets(const SpawnPlan& plan) {
  int number = kFirstSocket;
  for (const int socket : plan.sockets) {
    if (!place_descriptor(socket, number++)) return false;
  }
  return true;
}

bool place_descriptors(const SpawnPlan& plan) {
  return read_nothing(plan) && place_descriptor(plan.stdout_fd, STDOUT_FILENO) &&
         place_descriptor(plan.stderr_fd, STDERR_FILENO) && keep_channel(plan) &&
         hand_over_sockets(plan);
}

bool set_oom_score(const SpawnPlan& plan) {
  if (!plan.oom_score_adjustment) return true;
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const FixedText<16> number(*plan.oom_score_adjustment);
  const std::string_view text = number.text();
  return ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool set_niceness(const SpawnPlan& plan) {
  return !plan.niceness || ::setpriority(PRIO_PROCESS, 0, *plan.niceness) == 0;
}

bool choose_processors(const SpawnPlan& plan) {
  if (plan.processors.empty()) return true;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const unsigned cpu : plan.processors) CPU_SET(cpu, &set);
  return ::sched_setaffinity(0, sizeof set, &set) == 0;
}

bool narrow_capabilities(const SpawnPlan& plan) {
  return !plan.changes_capabilities || narrow_bounding_set(plan.bounding);
}

// System calls, not the C library's functions: those would change all threads of "the process",
// and keep their own idea of it, in memory that is the parent's.
bool set_groups(const SpawnPlan& plan) {
  return !plan.groups || ::syscall(SYS_setgroups, plan.groups->size(), plan.groups->data()) == 0;
}

bool set_group(const SpawnPlan& plan) {
  return !plan.group || ::syscall(SYS_setresgid, *plan.group, *plan.group, *plan.group) == 0;
}

bool set_user(const SpawnPlan& plan) {
  if (!plan.user) return true;
  if (plan.changes_capabilities && !keep_capabilities_over_user_change()) return false;
  return ::syscall(SYS_setresuid, *plan.user, *plan.user, *plan.user) == 0;
}

// Root regains at exec what the bounding set allows; everybody else keeps the ambient set only.
bool narrow_own_capabilities(const SpawnPlan& plan) {
  if (!plan.changes_capabilities) return true;
  const bool is_root = ::geteuid() == 0;
  const auto own = own_capabilities();
  if (!own) return false;
  return set_capabilities(own->permitted & (is_root ? plan.bounding : plan.ambient), plan.ambient);
}

bool raise_ambient_set(const SpawnPlan& plan) {
  return !plan.changes_capabilities || raise_ambient(plan.ambient);
}

bool change_directory(const SpawnPlan& plan) {
  return plan.directory == nullptr || ::chdir(plan.directory) == 0;
}

bool forbid_new_privileges(const SpawnPlan& plan) {
  return !plan.no_new_privileges || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

// After the change of user, which clears it (PR_SET_PDEATHSIG(2const)).
bool set_death_signal(const SpawnPlan& plan) {
  return plan.parent_death_signal == 0 || ::prctl(PR_SET_PDEATHSIG, plan.parent_death_signal) == 0;
}

// A file that the kernel cannot run is a script for the shell (execvp(3), POSIX).
void run(const SpawnPlan& plan, const char* path) {
  const auto slot = plan.slot_and_argv;
  char* const* const argv = const_cast<char* const*>(slot.data() + 1);
  char* const* const environment = const_cast<char* const*>(plan.environment);
  ::execve(path, argv, environment);
  if (errno != ENOEXEC) return;
  const char* const name = slot[1];
  slot[0] = "/bin/sh";
  slot[1] = path;
  ::execve("/bin/sh", const_cast<char* const*>(slot.data()), environment);
  slot[1] = name;
  errno = ENOEXEC;
}

// A file that is there but may not be executed is remembered while the search goes on. Not inlined:
// a path needs no room for another.
[[gnu::noinline]] void search(const SpawnPlan& plan, std::string_view name) {
  bool denied = false;
  for (const char* rest = plan.search_path; rest != nullptr;) {
    const char* const end = ::strchrnul(rest, ':');
    const std::string_view folder{rest, static_cast<std::size_t>(end - rest)};
    rest = *end == ':' ? end + 1 : nullptr;
    if (folder.size() + name.size() + 2 > PATH_MAX) continue;
    // An empty part of PATH is the current directory.
    const FixedText<PATH_MAX> path(folder, folder.empty() ? "" : "/", name);
    run(plan, path.c_str());
    if (errno == EACCES)
      denied = true;
    else if (errno != ENOENT && errno != ENOTDIR)
      return;
  }
  errno = denied ? EACCES : ENOENT;
}

// As execvp does: a name with a slash is a path, any other is looked for in PATH.
void execute(const SpawnPlan& plan) {
  const std::string_view name = plan.slot_and_argv[1];
  if (name.empty()) {
    errno = ENOENT;
  } else if (name.contains('/')) {
    run(plan, plan.slot_and_argv[1]);
  } else {
    search(plan, name);
  }
}

// The memory is the parent's, which keeps room there for every pid.
void tell_own_pid(const SpawnPlan& plan) {
  const FixedText<kLongestPid> number(::getpid());
  for (char* const place : plan.own_pids) {
    std::memcpy(place, number.c_str(), number.text().size() + 1);
  }
}

struct Step {
  SpawnStage stage;
  bool (*take)(const SpawnPlan&);
};
// Root's work first; then who it is; then what only that user should be asked about.
constexpr Step kBeforeLimits[] = {
    {SpawnStage::session, start_session},
    {SpawnStage::process_group, lead_group},
    {SpawnStage::descriptors, place_descriptors},
    {SpawnStage::oom_score, set_oom_score},
};
constexpr Step kAfterLimits[] = {
    {SpawnStage::niceness, set_niceness},
    {SpawnStage::processors, choose_processors},
    {SpawnStage::bounding_set, narrow_capabilities},
    {SpawnStage::groups, set_groups},
    {SpawnStage::group, set_group},
    {SpawnStage::user, set_user},
    {SpawnStage::capabilities, narrow_own_capabilities},
    {SpawnStage::ambient_set, raise_ambient_set},
    {SpawnStage::directory, change_directory},
    {SpawnStage::no_new_privileges, forbid_new_privileges},
    {SpawnStage::parent_death_signal, set_death_signal},
};

SpawnError become_program(const SpawnPlan& plan) noexcept {
  schedule_as_usual();
  for (const Step& step : kBeforeLimits) {
    if (!step.take(plan)) return {step.stage, errno, 0};
  }
  for (const Limit& limit : plan.limits) {
    if (::syscall(SYS_prlimit64, 0, limit.resource, &limit.value, nullptr) < 0) {
      return {SpawnStage::resource_limit, errno, static_cast<unsigned>(limit.resource)};
    }
  }
  for (const Step& step : kAfterLimits) {
    if (!step.take(plan)) return {step.stage, errno, 0};
  }
  if (plan.umask) ::umask(*plan.umask);
  if (!plan.keeps_ignored_signals) restore_default_dispositions();
  if (!plan.mask.install()) return {SpawnStage::signal_mask, errno, 0};
  tell_own_pid(plan);
  execute(plan);
  return {SpawnStage::execution, errno, 0};
}

}  // namespace

int run_errand(void* errand) noexcept {
  auto& [plan, error] = *static_cast<Errand*>(errand);
  error = become_program(plan);
  return 127;  // the child's exit code, which nobody sees: the error is in our memory
}

}  // namespace pmx::os
