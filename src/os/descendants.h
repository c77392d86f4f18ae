// The processes below one process, found through /proc.
#pragma once

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

}  // namespace pmx::os
