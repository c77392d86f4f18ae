#include "codec/time_text.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace pmx {
namespace {

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::int64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z

void write_digits(char* to, unsigned number, unsigned count) noexcept {
  for (unsigned i = count; i-- > 0; number /= 10) to[i] = static_cast<char>('0' + number % 10);
}

// "0000-00-00T00:00:00": a digit for each 0, all else as it is.
bool has_shape(std::string_view text, std::string_view shape) noexcept {
  if (text.size() != shape.size()) return false;
  return std::ranges::equal(text, shape, [](char there, char wanted) {
    return wanted == '0' ? is_digit(there) : there == wanted;
  });
}

std::size_t digits_at(std::string_view text, std::size_t at) noexcept {
  return std::min(text.find_first_not_of("0123456789", at), text.size()) - at;
}

unsigned digits(std::string_view text, std::size_t at, std::size_t count) noexcept {
  return parse_number<unsigned>(text.substr(at, count)).value_or(0);
}

// "00:00"
bool is_within_day(std::string_view text) noexcept {
  return digits(text, 0, 2) < 24 && digits(text, 3, 2) < 60;
}

bool is_offset(std::string_view text) noexcept {
  if (text == "Z") return true;
  const bool has_sign = text.starts_with('+') || text.starts_with('-');
  return has_sign && has_shape(text.substr(1), "00:00") && is_within_day(text.substr(1));
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

bool is_rfc3339(std::string_view text) noexcept {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  if (!has_shape(text.substr(0, kShape.size()), kShape)) return false;
  using namespace std::chrono;
  const year_month_day date{year{static_cast<int>(digits(text, 0, 4))}, month{digits(text, 5, 2)},
                            day{digits(text, 8, 2)}};
  if (!date.ok() || !is_within_day(text.substr(11, 5)) || digits(text, 17, 2) > 59) return false;
  text.remove_prefix(kShape.size());
  if (text.starts_with('.')) {
    const std::size_t size = digits_at(text, 1);
    if (size == 0 || size > 9) return false;
    text.remove_prefix(1 + size);
  }
  return is_offset(text);
}

std::optional<WallTime> time_of_number(std::string_view number) noexcept {
  std::string_view fraction = number;
  const auto whole = parse_number<std::int64_t>(next_field(fraction, '.'));
  if (!whole || digits_at(fraction, 0) != fraction.size()) return std::nullopt;
  constexpr std::int64_t kLeastSeconds = 100'000'000;
  constexpr std::int64_t kThousand = 1'000;
  if (*whole < kLeastSeconds) return std::nullopt;
  if (*whole >= kLeastSeconds * kThousand * kThousand * kThousand)
    return WallTime{*whole / kThousand};
  std::int64_t microseconds = *whole;
  for (std::int64_t least = kLeastSeconds * kThousand * kThousand; *whole < least;
       least /= kThousand) {
    // Three more digits of it, zeros behind the last.
    for (int i = 0; i < 3; ++i) {
      microseconds *= 10;
      if (fraction.empty()) continue;
      microseconds += fraction.front() - '0';
      fraction.remove_prefix(1);
    }
  }
  return WallTime{microseconds};
}

}  // namespace pmx
