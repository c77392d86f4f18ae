#include "core/schedule.h"

#include <cstddef>

namespace pmx {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kHorizon = 9 * 366 * kDay;

template <std::size_t N>
bool has(const std::bitset<N>& set, int value) noexcept {
  return set.test(static_cast<std::size_t>(value));
}

bool is_day(const Schedule& schedule, const LocalTime& time, bool is_last) noexcept {
  if (!has(schedule.months, time.month)) return false;
  const bool by_day = has(schedule.days, time.day) || (schedule.last_day && is_last);
  const bool by_weekday = has(schedule.weekdays, time.weekday);
  if (schedule.any_day) return by_weekday;
  if (schedule.any_weekday) return by_day;
  return by_day || by_weekday;
}

}  // namespace

std::optional<std::int64_t> next_time(const Schedule& schedule, std::int64_t now,
                                      LocalTime (*local)(std::int64_t)) noexcept {
  // From noon on: a day has 23 hours, or 25, where clocks change.
  const auto is_last_day = [local](std::int64_t at, const LocalTime& time) {
    return local(at + (12 - time.hour) * kHour + kDay).day == 1;
  };
  for (std::int64_t at = now + 1; at < now + kHorizon;) {
    const LocalTime time = local(at);
    const std::int64_t next_minute = at - time.second + kMinute;
    const std::int64_t next_hour = next_minute + (59 - time.minute) * kMinute;
    const bool is_last = schedule.last_day && is_last_day(at, time);
    const bool is_second_time = !schedule.any_hour && local(at - kHour).hour == time.hour;
    if (!is_day(schedule, time, is_last) || !has(schedule.hours, time.hour) || is_second_time) {
      at = next_hour;
    } else if (!has(schedule.minutes, time.minute)) {
      at = next_minute;
    } else if (!has(schedule.seconds, time.second)) {
      ++at;
    } else {
      return at;
    }
  }
  return std::nullopt;
}

}  // namespace pmx
