// When which app is to be restarted by the clock on the wall (`cron_restart`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "core/roster.h"
#include "os/wall_timer.h"

namespace pmx::runtime {

class Timetable {
 public:
  // Both must outlive it.
  Timetable(const Roster& roster, os::Poller& poller) : roster_(roster), timer_(poller) {}

  // The apps of the roster, after so many changes of the manifest.
  [[nodiscard]] bool knows(unsigned changes) const noexcept { return known_ == changes; }
  [[gnu::noinline]] void learn(unsigned changes, Instant now);

  // The timer has gone off, or there is none.
  [[nodiscard]] bool has_work() const noexcept { return timer_.has_gone_off() || try_again_at_; }
  // Calls `come` with the index of each app whose time has come.
  template <class Come>
  void take_due(Instant now, Come come) {
    timer_.take();
    const std::int64_t second = this_second();
    if (second < looked_at_) return learn(*known_, now);  // the clock was set back
    looked_at_ = second;
    for (std::size_t app = 0; app < due_.size(); ++app) {
      const bool is_due = due_[app] && *due_[app] <= second;
      if (is_due) due_[app] = next_after(app, second);
      if (is_due) come(app);
    }
    set(now);
  }
  // Where no timer could be had.
  [[nodiscard]] std::optional<Instant> deadline() const noexcept { return try_again_at_; }

 private:
  [[nodiscard]] static std::int64_t this_second() noexcept;
  [[nodiscard]] std::optional<std::int64_t> next_after(std::size_t app,
                                                       std::int64_t second) const noexcept;
  void set(Instant now) noexcept;

  const Roster& roster_;
  os::WallTimer timer_;
  std::vector<std::optional<std::int64_t>> due_;  // by app, in seconds since 1970
  std::int64_t looked_at_ = 0;                    // the latest second that has been seen
  std::optional<Instant> try_again_at_;
  std::optional<unsigned> known_;
};

}  // namespace pmx::runtime
