#include "os/wall_timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <utility>

namespace pmx::os {

bool WallTimer::set(std::optional<std::int64_t> second) noexcept {
  if (!fd_ && !second) return true;
  if (!fd_) {
    UniqueFd fd(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!fd || !poller_.watch(fd.get(), Interest::readable, {Token::Kind::wall_timer, 0, 0})) {
      return false;
    }
    fd_ = std::move(fd);
  }
  itimerspec when{};
  if (second) when.it_value.tv_sec = *second;
  return ::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when,
                           nullptr) == 0;
}

void WallTimer::take() noexcept {
  if (!fd_) return;
  std::uint64_t expirations = 0;
  // ECANCELED tells that the clock was set; either way it is time to look.
  static_cast<void>(::read(fd_.get(), &expirations, sizeof expirations));
}

}  // namespace pmx::os
