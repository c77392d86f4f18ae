// What a child does between clone and exec. It runs in our memory, below our frames, while we
// sleep, so it changes nothing of ours but what libraries keep for themselves. Built without
// AddressSanitizer, which does not know of such a stack.
#pragma once

#include "base/spawn_stage.h"
#include "os/spawn_plan.h"

namespace pmx::os {

struct Errand {
  const SpawnPlan& plan;
  SpawnError error;  // when it could not become the program: the step that failed, and why
};

// The child's main function. Returns only when it failed.
[[nodiscard]] int run_errand(void* errand) noexcept;

}  // namespace pmx::os
