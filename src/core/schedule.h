// When something is to be done again and again, by the clock on the wall: what a crontab says.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace pmx {

struct Schedule {
  std::bitset<60> seconds;
  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<32> days;  // of the month
  std::bitset<13> months;
  std::bitset<7> weekdays;
  bool last_day = false;  // of the month, whatever its number
  // Where both are restricted, a day that is one of either will do (crontab(5)).
  bool any_day = true;
  bool any_weekday = true;
  bool any_hour = true;

  friend bool operator==(const Schedule&, const Schedule&) = default;
};

// The first second after `now` (both in seconds since 1970) that it names; nothing within the next
// nine years. A time that the clock jumps over in spring does not come that day; one that it shows
// twice in autumn counts once, unless every hour is meant.
[[nodiscard]] std::optional<std::int64_t> next_time(const Schedule& schedule, std::int64_t now,
                                                    LocalTime (*local)(std::int64_t)) noexcept;

}  // namespace pmx
