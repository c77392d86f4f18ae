#include "core/checkup.h"

#include <algorithm>

namespace pmx {
namespace {

constexpr ProbeResult kTimedOut{ProbeResult::Kind::timed_out, 0};
constexpr ProbeResult kNotFed{ProbeResult::Kind::not_fed, 0};
constexpr ProbeResult kTriggered{ProbeResult::Kind::triggered, 0};

struct Examination {
  Checkup& checkup;
  const LifePolicy& policy;
  Instant now;
  CheckupEffects effects{};

  void on(const PhaseBegan& e) {
    drop_probe();
    const bool is_afresh = checkup.phase == CheckupPhase::nothing;
    if (e.phase == CheckupPhase::nothing || is_afresh) checkup = {};
    checkup.phase = e.phase;
    checkup.state = Unasked{};
    if (e.phase == CheckupPhase::readiness) begin_readiness();
    if (e.phase == CheckupPhase::health && !checkup.is_leaving) begin_health();
  }

  void on(const ProbeReturned& e) {
    if (std::holds_alternative<Questioned>(checkup.state)) return judge_readiness(e.result);
    if (auto* const observed = std::get_if<Observed>(&checkup.state)) {
      if (observed->clock) judge_health(*observed, e.result);
    }
  }

  void on(const Fed&) {
    auto* const observed = std::get_if<Observed>(&checkup.state);
    if (observed != nullptr && policy.watchdog) observed->fed_until = now + *policy.watchdog;
  }

  // Without a watchdog too (sd_notify(3)).
  void on(const Triggered&) {
    const bool is_looked_at = checkup.phase == CheckupPhase::health && !checkup.is_leaving;
    if (is_looked_at) find_unhealthy(kTriggered, 0);
  }

  void on(const SaidStopping&) {
    drop_probe();
    checkup.state = Unasked{};
    checkup.is_leaving = true;
  }

  void on(const TimePassed&) {
    if (const auto* const delayed = std::get_if<Delayed>(&checkup.state)) {
      if (delayed->ready_at <= now) find_ready();
    } else if (auto* const questioned = std::get_if<Questioned>(&checkup.state)) {
      if (questioned->clock.due <= now) continue_readiness(questioned->clock);
    } else if (auto* const observed = std::get_if<Observed>(&checkup.state)) {
      const bool is_hungry = observed->fed_until && *observed->fed_until <= now;
      if (is_hungry) return find_unhealthy(kNotFed, 0);
      if (observed->clock && observed->clock->due <= now) continue_health(*observed);
    }
  }

 private:
  void begin_readiness() {
    if (const auto* const by_delay = std::get_if<ByDelay>(&policy.ready_by)) {
      checkup.state = Delayed{now + by_delay->delay};
    } else if (const auto* const probe = std::get_if<Probe>(&policy.ready_by)) {
      checkup.state = Questioned{ask(*probe, ProbePurpose::readiness)};
    }
  }

  void begin_health() {
    if (!policy.health && !policy.watchdog) return;
    checkup.last = {};
    Observed observed;
    if (policy.health) {
      observed.clock = pause(policy.health->probe);
      observed.lenient_until = now + policy.health->start_period;
    }
    if (policy.watchdog) observed.fed_until = now + *policy.watchdog;
    checkup.state = observed;
  }

  void continue_readiness(ProbeClock& clock) {
    const auto* const probe = std::get_if<Probe>(&policy.ready_by);
    if (probe == nullptr) return;
    if (!clock.is_asked) {
      clock = ask(*probe, ProbePurpose::readiness);
      return;
    }
    effects.push(DropProbe{});
    judge_readiness(kTimedOut);
  }

  void judge_readiness(ProbeResult result) {
    auto* const questioned = std::get_if<Questioned>(&checkup.state);
    const auto* const probe = std::get_if<Probe>(&policy.ready_by);
    if (questioned == nullptr || probe == nullptr) return;
    checkup.last = result;
    questioned->clock = pause(*probe);
    if (result.kind == ProbeResult::Kind::good) find_ready();
  }

  void continue_health(Observed& observed) {
    if (!observed.clock->is_asked) {
      observed.clock = ask(policy.health->probe, ProbePurpose::health);
      return;
    }
    effects.push(DropProbe{});
    judge_health(observed, kTimedOut);
  }

  void judge_health(Observed& observed, ProbeResult result) {
    observed.clock = pause(policy.health->probe);
    if (result.kind == ProbeResult::Kind::not_asked) return;
    checkup.last = result;
    if (result.kind == ProbeResult::Kind::good) {
      observed.bad_in_a_row = 0;
      observed.lenient_until = now;
      return;
    }
    if (now < observed.lenient_until) return;
    ++observed.bad_in_a_row;
    if (observed.bad_in_a_row >= policy.health->retries) {
      find_unhealthy(result, observed.bad_in_a_row);
    }
  }

  void find_ready() {
    checkup.state = Unasked{};
    effects.push(FoundReady{});
  }
  void find_unhealthy(ProbeResult result, unsigned bad_in_a_row) {
    drop_probe();
    checkup.last = result;
    checkup.state = Unasked{};
    effects.push(FoundUnhealthy{result, bad_in_a_row});
  }

  ProbeClock ask(const Probe& probe, ProbePurpose purpose) {
    effects.push(AskProbe{purpose});
    return {true, now + probe.timeout};
  }
  [[nodiscard]] ProbeClock pause(const Probe& probe) const { return {false, now + probe.interval}; }

  void drop_probe() {
    const auto* const questioned = std::get_if<Questioned>(&checkup.state);
    const auto* const observed = std::get_if<Observed>(&checkup.state);
    const bool is_asked = (questioned != nullptr && questioned->clock.is_asked) ||
                          (observed != nullptr && observed->clock && observed->clock->is_asked);
    if (is_asked) effects.push(DropProbe{});
  }
};

}  // namespace

CheckupPhase phase_of(const InstanceState& state) noexcept {
  if (std::holds_alternative<Starting>(state)) return CheckupPhase::readiness;
  if (std::holds_alternative<Online>(state)) return CheckupPhase::health;
  return CheckupPhase::nothing;
}

CheckupEffects step(Checkup& checkup, const CheckupEvent& event, const LifePolicy& policy,
                    Instant now) noexcept {
  Examination examination{checkup, policy, now};
  std::visit([&](const auto& e) { examination.on(e); }, event);
  return examination.effects;
}

std::optional<Instant> deadline(const Checkup& checkup) noexcept {
  if (const auto* const delayed = std::get_if<Delayed>(&checkup.state)) return delayed->ready_at;
  if (const auto* const questioned = std::get_if<Questioned>(&checkup.state)) {
    return questioned->clock.due;
  }
  const auto* const observed = std::get_if<Observed>(&checkup.state);
  if (observed == nullptr) return std::nullopt;
  if (!observed->clock) return observed->fed_until;
  return std::min(observed->clock->due, observed->fed_until.value_or(observed->clock->due));
}

std::optional<bool> is_healthy(const Checkup& checkup) noexcept {
  const bool is_known = checkup.last.kind != ProbeResult::Kind::none;
  if (checkup.phase != CheckupPhase::health || !is_known) return std::nullopt;
  if (checkup.last.kind == ProbeResult::Kind::good) return true;
  const auto* const observed = std::get_if<Observed>(&checkup.state);
  const bool is_excused = observed != nullptr && observed->bad_in_a_row == 0;
  return is_excused ? std::nullopt : std::optional{false};
}

}  // namespace pmx
