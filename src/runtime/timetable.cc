#include "runtime/timetable.h"

#include "os/clock.h"
#include "os/time_zone.h"

namespace pmx::runtime {
namespace {

constexpr Duration kAskAgain{1'000};  // until a timer is asked for again

}  // namespace

std::int64_t Timetable::this_second() noexcept { return os::wall_now().microseconds / 1'000'000; }

std::optional<std::int64_t> Timetable::next_after(std::size_t app,
                                                  std::int64_t second) const noexcept {
  const auto& schedule = roster_.apps()[app]->restarts_at;
  return schedule ? next_time(*schedule, second, os::local_time) : std::nullopt;
}

void Timetable::learn(unsigned changes, Instant now) {
  known_ = changes;
  due_.resize(roster_.apps().size());
  const std::int64_t second = this_second();
  looked_at_ = second;
  for (std::size_t app = 0; app < due_.size(); ++app) due_[app] = next_after(app, second);
  set(now);
}

void Timetable::set(Instant now) noexcept {
  std::optional<std::int64_t> earliest;
  for (const auto& due : due_) {
    if (due && (!earliest || *due < *earliest)) earliest = due;
  }
  try_again_at_.reset();
  if (!timer_.set(earliest)) try_again_at_ = now + kAskAgain;
}

}  // namespace pmx::runtime
