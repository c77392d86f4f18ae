#include "os/clock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace pmx::os {
namespace {

// A clock is cheapest without the kernel (vdso(7)), but the first such reading costs three page
// faults: more than all readings together where the command ends at once.
timespec read(clockid_t clock) noexcept {
  constexpr unsigned kReadingsOfAShortLife = 16;
  static unsigned readings = 0;
  timespec now{};
  if (readings < kReadingsOfAShortLife) {
    ++readings;
    ::syscall(SYS_clock_gettime, clock, &now);
  } else {
    ::clock_gettime(clock, &now);
  }
  return now;
}

}  // namespace

Instant monotonic_now() noexcept {
  const timespec now = read(CLOCK_MONOTONIC);
  return Instant{std::chrono::duration_cast<Duration>(std::chrono::seconds{now.tv_sec} +
                                                      std::chrono::nanoseconds{now.tv_nsec})};
}

WallTime wall_now() noexcept {
  const timespec now = read(CLOCK_REALTIME);
  return WallTime{std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000};
}

}  // namespace pmx::os
