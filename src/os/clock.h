// The two clocks, read.
#pragma once

#include <ctime>

#include "base/time.h"

namespace pmx::os {

[[nodiscard]] inline Instant monotonic_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return Instant{std::chrono::duration_cast<Duration>(std::chrono::seconds{now.tv_sec} +
                                                      std::chrono::nanoseconds{now.tv_nsec})};
}

[[nodiscard]] inline WallTime wall_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return WallTime{std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000};
}

}  // namespace pmx::os
