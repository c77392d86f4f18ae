// The two clocks, read.
#pragma once

#include "base/time.h"

namespace pmx::os {

[[nodiscard]] Instant monotonic_now() noexcept;
[[nodiscard]] WallTime wall_now() noexcept;

}  // namespace pmx::os
