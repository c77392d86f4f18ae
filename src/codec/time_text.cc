#include "codec/time_text.h"

#include <algorithm>
#include <chrono>

namespace pmx {
namespace {

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::int64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z

void write_digits(char* to, unsigned number, unsigned count) noexcept {
  for (unsigned i = count; i-- > 0; number /= 10) to[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

void TimeText::set(WallTime time) noexcept {
  time_ = time;
  const std::int64_t shown = std::clamp<std::int64_t>(
      time.microseconds, 0, (kLastSecond + 1) * kMicrosecondsPerSecond - 1);
  if (shown / kMicrosecondsPerSecond != second_) write_second(shown / kMicrosecondsPerSecond);
  write_digits(&text_[20], static_cast<unsigned>(shown % kMicrosecondsPerSecond), 6);
}

void TimeText::write_second(std::int64_t second) noexcept {
  using namespace std::chrono;
  second_ = second;
  const sys_seconds when{seconds{second}};
  const sys_days day = floor<days>(when);
  const year_month_day date{day};
  const hh_mm_ss clock{when - day};
  constexpr std::string_view kShape = "0000-00-00T00:00:00.000000Z";
  std::copy(kShape.begin(), kShape.end(), text_.begin());
  write_digits(&text_[0], static_cast<unsigned>(static_cast<int>(date.year())), 4);
  write_digits(&text_[5], static_cast<unsigned>(date.month()), 2);
  write_digits(&text_[8], static_cast<unsigned>(date.day()), 2);
  write_digits(&text_[11], static_cast<unsigned>(clock.hours().count()), 2);
  write_digits(&text_[14], static_cast<unsigned>(clock.minutes().count()), 2);
  write_digits(&text_[17], static_cast<unsigned>(clock.seconds().count()), 2);
}

}  // namespace pmx
