// The events of this turn, in the order in which they were found.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <optional>
#include <utility>

#include "core/event.h"

namespace pmx::runtime {

// Fixed. A pump that finds it full stops; what it left comes back with the next turn.
class Inbox {
 public:
  static constexpr std::size_t kCapacity = 32;

  [[nodiscard]] std::size_t room() const noexcept { return kCapacity - count_; }
  void push(const Event& event) noexcept {
    assert(count_ < kCapacity);
    events_[(first_ + count_++) % kCapacity] = event;
  }
  [[nodiscard]] std::optional<Event> pop() noexcept {
    if (count_ == 0) return std::nullopt;
    --count_;
    return events_[std::exchange(first_, (first_ + 1) % kCapacity)];
  }

 private:
  std::array<Event, kCapacity> events_{};
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace pmx::runtime
