// The processors that we may run on.
#pragma once

namespace pmx::os {

// How many, as sched_getaffinity(2) has it; at least 1.
[[nodiscard]] unsigned usable_processors() noexcept;

}  // namespace pmx::os
