// The processes below one process, found through /proc.
#pragma once

#include <span>

#include "base/ids.h"

namespace pmx::os {

namespace detail {
// Calls `take(context, pid)`; see for_each_descendant.
bool visit_descendants(Pid root, void (*take)(void*, Pid), void* context) noexcept;
}  // namespace detail

// Calls `take` for each living process whose chain of parents leads to `root`, which itself is
// not one of them. False when there is no /proc to look into, or no memory for the moment of the
// look. What is missed for want of descriptors, and all beyond 65,536 processes, is for the next
// call.
template <class Take>
bool for_each_descendant(Pid root, Take take) noexcept {
  return detail::visit_descendants(
      root, [](void* context, Pid pid) { (*static_cast<Take*>(context))(pid); }, &take);
}

// Everybody below us gets the signal but who is `spared`, and nobody else. As PID 1 that is
// everybody in the PID namespace; otherwise, and where somebody is spared, they are found through
// /proc. False: nobody is there; or, not as PID 1, there is no /proc to look into.
[[nodiscard]] bool signal_descendants(SignalNumber signal, std::span<const Pid> spared) noexcept;

}  // namespace pmx::os
