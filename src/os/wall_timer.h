// Wakes at a time of the wall clock, and when somebody has set that clock (timerfd_create(2)).
#pragma once

#include <cstdint>
#include <optional>

#include "os/poller.h"
#include "os/unique_fd.h"

namespace pmx::os {

class WallTimer {
 public:
  explicit WallTimer(Poller& poller) noexcept : poller_(poller) {}

  // At this second since 1970; nothing: never. False: the kernel has no timer for us now.
  bool set(std::optional<std::int64_t> second) noexcept;
  // Since it was last taken, as of the poller's last wait.
  [[nodiscard]] bool has_gone_off() const noexcept { return poller_.has(Token::Kind::wall_timer); }
  void take() noexcept;

 private:
  Poller& poller_;
  UniqueFd fd_;
};

}  // namespace pmx::os
