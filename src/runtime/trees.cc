#include "runtime/trees.h"

#include <algorithm>

#include "os/process.h"

namespace pmx::runtime {

bool Trees::clear(InstanceId instance, SignalNumber signal, Instant now) noexcept {
  const bool may_be_left = census_.may_have_adopted();
  if (may_be_left) census_.be_current(now);  // one look for all whose ends were reaped together
  if (!may_be_left || !is_anybody_left(instance)) {
    forget(instance);
    return false;
  }
  auto is_clearing = is_clearing_[static_cast<std::size_t>(instance)];
  if (!is_clearing) ++clearing_;
  is_clearing = true;
  for (const SeenProcess& one : census_.processes()) {
    if (one.owner == instance) static_cast<void>(os::signal_process(one.process.pid, signal));
  }
  return true;
}

bool Trees::is_anybody_left(InstanceId instance) const noexcept {
  const auto processes = census_.processes();
  return std::ranges::find(processes, instance, &SeenProcess::owner) != processes.end();
}

void Trees::forget(InstanceId instance) noexcept {
  auto is_clearing = is_clearing_[static_cast<std::size_t>(instance)];
  if (is_clearing) --clearing_;
  is_clearing = false;
  census_.left(instance);
}

}  // namespace pmx::runtime
