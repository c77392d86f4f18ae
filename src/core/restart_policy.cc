#include "core/restart_policy.h"

#include <algorithm>
#include <cstddef>

namespace pmx {
namespace {

constexpr Duration kFirstDelay{100};
constexpr Duration kLongestDelay{15'000};

constexpr Duration half_as_long_again(Duration delay) noexcept { return delay + delay / 2; }

bool is_wanted_again(const LifePolicy& policy, ExitStatus status) noexcept {
  if (policy.restart == Restart::never) return false;
  if (policy.restart == Restart::on_failure && status.ok()) return false;
  const auto code = static_cast<std::size_t>(status.code);
  const bool exited = status.signal == 0 && code < policy.stop_exit_codes.size();
  const bool is_wanted_end = exited && policy.stop_exit_codes[code];
  return !is_wanted_end;
}

Duration growing_delay(unsigned unstable_in_a_row) noexcept {
  Duration delay = kFirstDelay;
  for (unsigned n = 1; n < unstable_in_a_row && delay < kLongestDelay; ++n) {
    delay = half_as_long_again(delay);
  }
  return std::min(delay, kLongestDelay);
}

Duration delay_of(Instance& instance, const LifePolicy& policy, Duration uptime) noexcept {
  // 0 is pm2's word for none.
  if (policy.backoff && *policy.backoff > Duration::zero()) {
    if (uptime > kCalm) instance.last_delay = {};
    const bool is_first = instance.last_delay == Duration::zero();
    const Duration longest = std::max(kLongestDelay, *policy.backoff);
    instance.last_delay =
        is_first ? *policy.backoff : std::min(half_as_long_again(instance.last_delay), longest);
    return instance.last_delay;
  }
  if (policy.restart_delay && *policy.restart_delay > Duration::zero()) {
    return *policy.restart_delay;
  }
  if (instance.unstable_in_a_row > 0) return growing_delay(instance.unstable_in_a_row);
  // However short a run may be and still count as stable: nobody restarts without a pause.
  return uptime < kFirstDelay ? kFirstDelay : Duration::zero();
}

Outcome retry_or_give_up(Instance& instance, const LifePolicy& policy, ExitStatus status,
                         Duration uptime, Instant now) noexcept {
  instance.unstable_in_a_row = uptime < policy.min_uptime ? instance.unstable_in_a_row + 1 : 0;
  instance.short_in_a_row = uptime < kCalm ? instance.short_in_a_row + 1 : 0;
  const bool is_hopeless = policy.max_restarts && instance.unstable_in_a_row > 0 &&
                           instance.unstable_in_a_row >= *policy.max_restarts;
  if (is_hopeless) return GiveUp{status};
  return Retry{now + delay_of(instance, policy, uptime)};
}

}  // namespace

Outcome outcome_of_end(Instance& instance, const LifePolicy& policy, ExitStatus status,
                       Duration uptime, Instant now) noexcept {
  if (instance.is_on_trial) return GiveUp{status};
  if (!is_wanted_again(policy, status)) return Rest{};
  return retry_or_give_up(instance, policy, status, uptime, now);
}

Outcome outcome_of_failure(Instance& instance, const LifePolicy& policy, ExitStatus status,
                           Duration uptime, Instant now) noexcept {
  if (instance.is_on_trial) return GiveUp{status};
  if (policy.restart == Restart::never) return Rest{};
  return retry_or_give_up(instance, policy, status, uptime, now);
}

Outcome outcome_of_shortage(Instance& instance, const LifePolicy& policy, ExitStatus status,
                            Instant now) noexcept {
  if (instance.is_on_trial) return GiveUp{status};
  Outcome outcome = retry_or_give_up(instance, policy, status, Duration::zero(), now);
  if (auto* const retry = std::get_if<Retry>(&outcome)) {
    retry->at = std::max(retry->at, now + growing_delay(instance.unstable_in_a_row));
  }
  return outcome;
}

}  // namespace pmx
