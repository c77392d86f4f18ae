// Collects children that have ended: ours, and those that were orphaned below us.
#pragma once

#include <optional>
#include <variant>

#include "base/ids.h"

namespace pmx::os {

struct ChildEnded {
  Pid pid;
  ExitStatus status;
};
struct ChildHalted {  // it lives
  Pid pid;
  SignalNumber by;  // SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU
};
struct NoneReady {};   // children are there, none has anything to tell
struct NoChildren {};  // not one child is left

using Reaped = std::variant<ChildEnded, ChildHalted, NoneReady, NoChildren>;

// The next child that has something to tell; never waits. Halts are told only when asked for.
[[nodiscard]] Reaped reap_one(bool tell_halts) noexcept;

// Whether there is a child, living or not reaped yet.
[[nodiscard]] bool has_children() noexcept;

}  // namespace pmx::os
