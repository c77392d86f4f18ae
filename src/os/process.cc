#include "os/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "os/signal_mask.h"

namespace pmx::os {

namespace {

std::optional<DescriptorLimit> former_limit;  // as the limit itself, of the whole process

std::expected<void, OsError> send(pid_t target, SignalNumber signal) noexcept {
  if (::kill(target, static_cast<int>(signal)) < 0) return std::unexpected(OsError::last("kill"));
  return {};
}

// A SIGSTOP or SIGTSTP that is sent takes back a SIGCONT that waits, from PID 1 as well, which it
// does not stop: what somebody wants to go on would stay stopped.
bool is_told_to_continue() noexcept {
  sigset_t waiting;
  return ::sigpending(&waiting) == 0 && ::sigismember(&waiting, SIGCONT) == 1;
}

}  // namespace

void raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= limit.rlim_max) return;
  const DescriptorLimit before{limit.rlim_cur, limit.rlim_max};
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) former_limit = before;
}

std::optional<DescriptorLimit> former_descriptor_limit() noexcept { return former_limit; }

unsigned own_user() noexcept { return ::geteuid(); }

Pid own_pid() noexcept { return Pid{::getpid()}; }

std::expected<void, OsError> become_subreaper() noexcept {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
    return std::unexpected(OsError::last("prctl(PR_SET_CHILD_SUBREAPER)"));
  }
  return {};
}

std::expected<void, OsError> set_parent_death_signal(SignalNumber signal) noexcept {
  if (::prctl(PR_SET_PDEATHSIG, static_cast<int>(signal)) < 0) {
    return std::unexpected(OsError::last("prctl(PR_SET_PDEATHSIG)"));
  }
  return {};
}

std::expected<void, OsError> signal_process(Pid pid, SignalNumber signal) noexcept {
  return send(static_cast<pid_t>(pid), signal);
}

std::expected<void, OsError> signal_group(Pid leader, SignalNumber signal) noexcept {
  return send(-static_cast<pid_t>(leader), signal);
}

void halt_self() noexcept {
  if (!is_init() && !is_told_to_continue()) ::kill(::getpid(), SIGSTOP);
}

void halt_job() noexcept {
  restore_default_disposition(kSigTstp);
  if (!is_told_to_continue()) ::kill(0, SIGTSTP);
  // It has to be let through: everything is blocked. Here we stop, and here we go on.
  const auto usual = SignalMask::all().without(kSigTstp).install();
  if (usual) static_cast<void>(usual->install());
  sigset_t what_continued_us;
  ::sigemptyset(&what_continued_us);
  ::sigaddset(&what_continued_us, SIGCONT);
  const timespec at_once{};
  ::sigtimedwait(&what_continued_us, nullptr, &at_once);
}

bool fill_standard_descriptors() noexcept {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one. O_PATH needs no permission and no device file.
    if (::open("/", O_PATH | O_CLOEXEC) != fd) return false;
  }
  return true;
}

}  // namespace pmx::os
