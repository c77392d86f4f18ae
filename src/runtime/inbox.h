// The events of this turn, in the order in which they were found.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "core/event.h"

namespace pmx::runtime {

// Room for the signals of a turn and the events of each instance. A pump that finds it full stops;
// what it left comes back with the next turn. What cannot come back is taken all the same: then it
// grows.
class Inbox {
 public:
  static constexpr std::size_t kRoomForOthers = 32;

  explicit Inbox(std::size_t instances) : events_(room_for(instances)) {}
  void make_room(std::size_t instances) { grow_to(room_for(instances)); }

  [[nodiscard]] std::size_t room() const noexcept { return events_.size() - count_; }
  void push(const Event& event) noexcept {
    if (room() == 0) grow_to(2 * events_.size());
    events_[(first_ + count_++) % events_.size()] = event;
  }
  [[nodiscard]] std::optional<Event> pop() noexcept {
    if (count_ == 0) return std::nullopt;
    --count_;
    return events_[std::exchange(first_, (first_ + 1) % events_.size())];
  }

 private:
  // Never inlined: what pushes is on the way of each signal.
  [[gnu::noinline, gnu::cold]] void grow_to(std::size_t size) {
    if (size <= events_.size()) return;
    std::rotate(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(first_),
                events_.end());
    first_ = 0;
    events_.resize(size);
  }
  static constexpr std::size_t room_for(std::size_t instances) noexcept {
    return kRoomForOthers + 3 * instances;
  }

  std::vector<Event> events_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace pmx::runtime
