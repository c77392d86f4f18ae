#include "os/reaper.h"

#include <sys/wait.h>

#include <cerrno>

namespace pmx::os {

Reaped reap_one(bool tell_halts) noexcept {
  int status = 0;
  pid_t pid;
  do {
    pid = ::waitpid(-1, &status, WNOHANG | (tell_halts ? WUNTRACED : 0));
  } while (pid < 0 && errno == EINTR);  // SIGCHLD was read already: nobody would ask again
  if (pid == 0) return NoneReady{};
  if (pid < 0) return errno == ECHILD ? Reaped{NoChildren{}} : Reaped{NoneReady{}};
  if (WIFSTOPPED(status)) return ChildHalted{Pid{pid}, SignalNumber{WSTOPSIG(status)}};
  if (WIFSIGNALED(status)) return ChildEnded{Pid{pid}, {0, WTERMSIG(status)}};
  return ChildEnded{Pid{pid}, {WEXITSTATUS(status), 0}};
}

bool has_children() noexcept {
  siginfo_t child;
  return ::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

}  // namespace pmx::os
