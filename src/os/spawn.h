// A new process: clone, the named steps, exec.
#pragma once

#include <expected>

#include "base/ids.h"
#include "base/spawn_stage.h"
#include "os/spawn_plan.h"

namespace pmx::os {

// Returns when the new program runs, or says which step failed: the child shares our memory and
// we sleep until it has called exec or given up (CLONE_VM | CLONE_VFORK), so there is nothing to
// copy and no pipe to ask. All signals must be blocked.
[[nodiscard]] std::expected<Pid, SpawnError> spawn(const SpawnPlan& plan) noexcept;

}  // namespace pmx::os
