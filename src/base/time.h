// The two clocks, and what calendars make of one. Nobody below runtime/ reads either: time arrives
// as an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace pmx {

using Duration = std::chrono::milliseconds;

// Monotonic. The loop reads it once per turn and hands `now` down.
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// The first of two moments; none at all is never.
[[nodiscard]] constexpr std::optional<Instant> earlier(std::optional<Instant> a,
                                                       std::optional<Instant> b) noexcept {
  if (!a || !b) return a ? a : b;
  return *a < *b ? a : b;
}

// The time of day, for people and records: microseconds since 1970-01-01T00:00:00Z.
struct WallTime {
  std::int64_t microseconds = 0;

  friend bool operator==(WallTime, WallTime) = default;
};

// A second as a calendar has it.
struct LocalTime {
  int second = 0;
  int minute = 0;
  int hour = 0;
  int day = 1;      // of the month, from 1
  int month = 1;    // from 1
  int weekday = 0;  // Sunday is 0
};

}  // namespace pmx
