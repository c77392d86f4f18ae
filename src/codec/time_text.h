// The time of day as records show it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace pmx {

// RFC 3339, UTC, microseconds: 2026-11-23T04:25:03.123456Z. Times outside the years 1970 to 9999
// show as the nearest inside. The last second is kept: only what changed is worked out again.
class TimeText {
 public:
  static constexpr std::size_t kSize = 27;

  TimeText() noexcept { set({}); }
  void set(WallTime time) noexcept;
  [[nodiscard]] WallTime time() const noexcept { return time_; }
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), text_.size()}; }

 private:
  void write_second(std::int64_t second) noexcept;

  WallTime time_;
  std::int64_t second_ = -1;
  std::array<char, kSize> text_{};
};

// A date and a time with their offset, as RFC 3339 has them: 2026-11-23T04:25:03.1+01:00, and such
// that there is that day, hour and second.
[[nodiscard]] bool is_rfc3339(std::string_view text) noexcept;

// A JSON number, without an exponent, as a time since 1970: seconds, milliseconds, microseconds or
// nanoseconds, whichever makes a year from 1973 to 5138; nothing if none does.
[[nodiscard]] std::optional<WallTime> time_of_number(std::string_view number) noexcept;

}  // namespace pmx
