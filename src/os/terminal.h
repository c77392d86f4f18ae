// The controlling terminal on standard input: who is in its foreground.
#pragma once

#include "base/ids.h"

namespace pmx::os {

// No output is to have colours: NO_COLOR is set, and not empty (no-color.org).
[[nodiscard]] bool forbids_colours() noexcept;

// Standard input is our controlling terminal.
[[nodiscard]] bool has_terminal() noexcept;

// Standard input is a terminal and our process group is in its foreground: we may hand it over.
[[nodiscard]] bool is_in_foreground() noexcept;

// The same about another group.
[[nodiscard]] bool is_in_foreground(Pid group) noexcept;

// The group becomes the foreground one. True if it worked; without a terminal nothing happens.
bool give_foreground_to(Pid group) noexcept;

// Our own group becomes the foreground one again.
bool take_foreground() noexcept;

// We give up our controlling terminal, so that a child's new session can take it over. True when
// that makes the kernel send SIGHUP and SIGCONT to our own group, us included: we led the
// session (tty_ioctl(4), TIOCNOTTY).
[[nodiscard]] bool detach_from_terminal() noexcept;

}  // namespace pmx::os
