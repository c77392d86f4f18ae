#include "os/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace pmx::os {

bool forbids_colours() noexcept {
  const char* const value = ::getenv("NO_COLOR");
  return value != nullptr && *value != '\0';
}

bool has_terminal() noexcept { return ::tcgetpgrp(STDIN_FILENO) >= 0; }

// In a new PID namespace the terminal's foreground group may be one that we cannot see; then both
// calls answer 0 when it is our own, which we cannot see either.
bool is_in_foreground() noexcept {
  const pid_t foreground = ::tcgetpgrp(STDIN_FILENO);
  return foreground >= 0 && foreground == ::getpgrp();
}

bool is_in_foreground(Pid group) noexcept {
  return ::tcgetpgrp(STDIN_FILENO) == static_cast<pid_t>(group);
}

// SIGTTOU, which a background group would get for this, is blocked (tcsetpgrp(3)).
bool give_foreground_to(Pid group) noexcept {
  return ::tcsetpgrp(STDIN_FILENO, static_cast<pid_t>(group)) == 0;
}

bool take_foreground() noexcept { return ::tcsetpgrp(STDIN_FILENO, ::getpgrp()) == 0; }

bool detach_from_terminal() noexcept {
  return ::ioctl(STDIN_FILENO, TIOCNOTTY) == 0 && ::getsid(0) == ::getpid();
}

}  // namespace pmx::os
