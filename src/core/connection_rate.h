// Whether connections come so fast that it pays to take several at a time.
#pragma once

#include "base/time.h"

namespace pmx {

class ConnectionRate {
 public:
  static constexpr unsigned kHigh = 2'000;  // a second
  static constexpr Duration kWindow{100};

  // Another has come. What is known of the rate is renewed once in kWindow.
  void count(Instant now) noexcept {
    ++counted_;
    const Duration passed = now - since_;
    if (passed < kWindow) return;
    is_high_ = std::chrono::seconds{1} * counted_ >= passed * kHigh;
    since_ = now;
    counted_ = 0;
  }
  [[nodiscard]] bool is_high() const noexcept { return is_high_; }

 private:
  Instant since_{};
  unsigned counted_ = 0;
  bool is_high_ = false;
};

}  // namespace pmx
