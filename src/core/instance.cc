#include "core/instance.h"

#include <algorithm>
#include <type_traits>

namespace pmx {
namespace {

constexpr Duration kRepeatKill{5'000};

// What each state does not listen to. A pair that is neither here nor an overload below
// does not compile, so a new state or event cannot be forgotten anywhere.
template <class... Events>
struct Ignoring {
  template <class E>
  static constexpr bool has = (std::is_same_v<E, Events> || ...);
};
template <class State>
struct Deaf;
template <>
struct Deaf<Stopped> : Ignoring<StopRequested, ProcessStarted, ProcessFailed, BecameReady,
                                ProcessEnded, TimePassed> {};
template <>
struct Deaf<Launching>
    : Ignoring<StartRequested, StopRequested, BecameReady, ProcessEnded, TimePassed> {};
template <>
struct Deaf<Starting> : Ignoring<StartRequested, ProcessStarted, ProcessFailed> {};
template <>
struct Deaf<Online>
    : Ignoring<StartRequested, ProcessStarted, ProcessFailed, BecameReady, TimePassed> {};
template <>
struct Deaf<Stopping> : Ignoring<ProcessStarted, ProcessFailed, BecameReady> {};
template <>
struct Deaf<Killing> : Ignoring<ProcessStarted, ProcessFailed, BecameReady> {};
template <>
struct Deaf<Backoff> : Ignoring<ProcessStarted, ProcessFailed, BecameReady, ProcessEnded> {};
template <>
struct Deaf<Errored> : Ignoring<StopRequested, ProcessStarted, ProcessFailed, BecameReady,
                                ProcessEnded, TimePassed> {};

// One overload per (state, event) pair that means something.
struct Transition {
  Instance& instance;
  const LifePolicy& policy;
  Instant now;
  InstanceEffects effects{};

  void operator()(const Stopped&, const StartRequested&) { launch(); }
  void operator()(const Errored&, const StartRequested&) {
    instance.restarts_in_a_row = 0;
    launch();
  }
  void operator()(const Backoff&, const StartRequested&) { launch(); }
  void operator()(const Stopping& s, const StartRequested&) {
    become(Stopping{s.pid, s.started_at, s.kill_at, After::start_again});
  }
  void operator()(const Killing& s, const StartRequested&) {
    become(Killing{s.pid, s.started_at, s.repeat_at, After::start_again});
  }

  void operator()(const Launching&, const ProcessStarted& e) {
    if (policy.waits_for_ready) return become(Starting{e.pid, now, now + policy.ready_timeout});
    come_online(e.pid, now);
  }
  void operator()(const Launching&, const ProcessFailed& e) { restart_or_rest(e.status); }
  void operator()(const Starting& s, const BecameReady&) { come_online(s.pid, s.started_at); }
  void operator()(const Starting& s, const TimePassed&) {
    stop(s.pid, s.started_at, After::start_again);
  }

  void operator()(const Starting& s, const StopRequested& e) { stop(s.pid, s.started_at, e.after); }
  void operator()(const Online& s, const StopRequested& e) { stop(s.pid, s.since, e.after); }
  void operator()(const Stopping& s, const StopRequested& e) {
    become(Stopping{s.pid, s.started_at, s.kill_at, e.after});
  }
  void operator()(const Killing& s, const StopRequested& e) {
    become(Killing{s.pid, s.started_at, s.repeat_at, e.after});
  }
  void operator()(const Backoff&, const StopRequested&) { become(Stopped{}); }

  void operator()(const Stopping& s, const TimePassed&) { kill(s.pid, s.started_at, s.after); }
  void operator()(const Killing& s, const TimePassed&) { kill(s.pid, s.started_at, s.after); }
  void operator()(const Backoff&, const TimePassed&) { launch(); }

  void operator()(const Starting& s, const ProcessEnded& e) {
    went_down(s.pid, e.status, s.started_at);
    restart_or_rest(e.status);
  }
  void operator()(const Online& s, const ProcessEnded& e) {
    went_down(s.pid, e.status, s.since);
    if (now - s.since >= policy.healthy_after) instance.restarts_in_a_row = 0;
    restart_or_rest(e.status);
  }
  void operator()(const Stopping& s, const ProcessEnded& e) {
    went_down(s.pid, e.status, s.started_at);
    settle(s.after);
  }
  void operator()(const Killing& s, const ProcessEnded& e) {
    went_down(s.pid, e.status, s.started_at);
    settle(s.after);
  }

  template <class S, class E>
    requires Deaf<S>::template
  has<E> void operator()(const S&, const E&) {}

 private:
  void become(InstanceState next) noexcept { instance.state = next; }
  void launch() {
    become(Launching{});
    effects.push(Spawn{});
  }
  void come_online(Pid process, Instant started_at) {
    become(Online{process, started_at});
    effects.push(CameOnline{process});
  }
  void stop(Pid process, Instant started_at, After after) {
    become(Stopping{process, started_at, now + policy.kill_timeout, after});
    effects.push(Signal{process, policy.stop_signal});
  }
  void kill(Pid process, Instant started_at, After after) {
    become(Killing{process, started_at, now + kRepeatKill, after});
    effects.push(Signal{process, kSigKill});
  }
  void went_down(Pid process, ExitStatus status, Instant started_at) {
    effects.push(WentDown{process, status, now - started_at});
  }
  void settle(After after) {
    if (after == After::start_again) return launch();
    become(Stopped{});
  }
  void restart_or_rest(ExitStatus last) {
    const bool rests =
        policy.restart == Restart::never || (policy.restart == Restart::on_failure && last.ok());
    if (rests) return become(Stopped{});
    if (++instance.restarts_in_a_row > policy.max_restarts) return become(Errored{last});
    become(Backoff{now + delay()});
  }
  [[nodiscard]] Duration delay() const {
    const unsigned doublings = std::min(instance.restarts_in_a_row - 1, 16U);
    return std::min(policy.backoff_initial * (1 << doublings), policy.backoff_max);
  }
};

}  // namespace

InstanceEffects step(Instance& instance, const InstanceEvent& event, const LifePolicy& policy,
                     Instant now) noexcept {
  Transition transition{instance, policy, now};
  const InstanceState before = instance.state;  // overloads read `before`, write instance.state
  std::visit(transition, before, event);
  return transition.effects;
}

std::optional<Instant> deadline(const InstanceState& state) noexcept {
  return std::visit(
      [](const auto& s) -> std::optional<Instant> {
        if constexpr (requires { s.ready_by; })
          return s.ready_by;
        else if constexpr (requires { s.kill_at; })
          return s.kill_at;
        else if constexpr (requires { s.repeat_at; })
          return s.repeat_at;
        else if constexpr (requires { s.retry_at; })
          return s.retry_at;
        else
          return std::nullopt;
      },
      state);
}

std::optional<Pid> pid(const InstanceState& state) noexcept {
  return std::visit(
      [](const auto& s) -> std::optional<Pid> {
        if constexpr (requires { s.pid; })
          return s.pid;
        else
          return std::nullopt;
      },
      state);
}

}  // namespace pmx
