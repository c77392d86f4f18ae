#include "core/instance.h"

#include <algorithm>
#include <type_traits>

#include "core/restart_policy.h"

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
struct Deaf<Stopped>
    : Ignoring<StopRequested, DrainRequested, KillRequested, ProcessStarted, ProcessFailed,
               BecameReady, Drained, BecameUnhealthy, ProcessEnded, TreeGone, TimePassed> {};
template <>
struct Deaf<Launching> : Ignoring<FinishRequested, DrainRequested, BecameReady, Drained,
                                  BecameUnhealthy, ProcessEnded, TreeGone, TimePassed> {};
template <>
struct Deaf<Preparing> : Ignoring<StartRequested, FinishRequested, DrainRequested, ProcessStarted,
                                  ProcessFailed, BecameReady, Drained, BecameUnhealthy, TreeGone> {
};
template <>
struct Deaf<Starting> : Ignoring<StartRequested, FinishRequested, ProcessStarted, ProcessFailed,
                                 Drained, BecameUnhealthy, TreeGone> {};
template <>
struct Deaf<Online> : Ignoring<StartRequested, FinishRequested, ProcessStarted, ProcessFailed,
                               BecameReady, Drained, TreeGone, TimePassed> {};
template <>
struct Deaf<Draining> : Ignoring<StartRequested, FinishRequested, ProcessStarted, ProcessFailed,
                                 BecameReady, BecameUnhealthy, TreeGone> {};
template <>
struct Deaf<Stopping> : Ignoring<FinishRequested, DrainRequested, ProcessStarted, ProcessFailed,
                                 BecameReady, Drained, BecameUnhealthy, TreeGone> {};
template <>
struct Deaf<Killing> : Ignoring<FinishRequested, DrainRequested, ProcessStarted, ProcessFailed,
                                BecameReady, Drained, BecameUnhealthy, TreeGone> {};
template <>
struct Deaf<Clearing> : Ignoring<FinishRequested, DrainRequested, ProcessStarted, ProcessFailed,
                                 BecameReady, Drained, BecameUnhealthy, ProcessEnded> {};
template <>
struct Deaf<Backoff> : Ignoring<FinishRequested, DrainRequested, ProcessStarted, ProcessFailed,
                                BecameReady, Drained, BecameUnhealthy, ProcessEnded, TreeGone> {};
template <>
struct Deaf<Errored>
    : Ignoring<StopRequested, DrainRequested, KillRequested, ProcessStarted, ProcessFailed,
               BecameReady, Drained, BecameUnhealthy, ProcessEnded, TreeGone, TimePassed> {};

// One overload per (state, event) pair that means something.
struct Transition {
  Instance& instance;
  const LifePolicy& policy;
  Instant now;
  InstanceEffects effects{};

  void operator()(const Stopped&, const StartRequested&) { start_afresh(); }
  void operator()(const Errored&, const StartRequested&) { start_afresh(); }
  void operator()(const Backoff&, const StartRequested&) { launch_again(); }
  void operator()(const Stopped&, const FinishRequested&) { finish(); }
  void operator()(const Errored&, const FinishRequested&) { finish(); }
  void operator()(const Stopping& s, const StartRequested&) {
    become(Stopping{s.pid, s.started_at, s.kill_at, After::start_again});
  }
  void operator()(const Killing& s, const StartRequested&) {
    become(Killing{s.pid, s.started_at, s.repeat_at, After::start_again});
  }
  void operator()(const Clearing& s, const StartRequested&) {
    become(Clearing{s.leader, s.kill_at, Retry{now}});
  }

  void operator()(const Launching&, const StartRequested&) { become(Launching{}); }
  void operator()(const Launching& s, const StopRequested& e) {
    become(Launching{e.after, s.kills});
  }
  void operator()(const Launching&, const KillRequested&) {
    become(Launching{After::stay_down, true});
  }
  void operator()(const Launching& s, const ProcessStarted& e) {
    if (s.kills) return kill(e.pid, now, *s.stop_after);
    if (role() == Role::post_stop) return let_finish(e.pid, s.stop_after);
    if (s.stop_after) return stop(e.pid, now, *s.stop_after);
    if (role() == Role::pre_start)
      return become(Preparing{e.pid, now, now + policy.pre_start->timeout});
    if (waits_for_ready(policy.ready_by))
      return become(Starting{e.pid, now, now + policy.listen_timeout});
    come_online(e.pid, now);
  }
  void operator()(const Launching& s, const ProcessFailed& e) {
    const Outcome outcome = role() == Role::post_stop
                                ? outcome_of_request(s.stop_after.value_or(After::stay_down))
                            : e.is_lasting ? GiveUp{e.status}
                            : s.stop_after ? outcome_of_request(*s.stop_after)
                                           : outcome_of_shortage(instance, policy, e.status, now);
    effects.push(FailedToStart{e.status, outcome});
    settle(outcome);
  }
  void operator()(const Preparing& s, const TimePassed&) {
    kill(s.pid, s.started_at, After::as_failure);
  }
  void operator()(const Preparing& s, const ProcessEnded& e) {
    const bool is_done = e.status.ok();
    end(s.pid, e.status, s.started_at, now + policy.kill_timeout,
        is_done ? GoOn{} : outcome_of_failure(instance, policy, e.status, Duration::zero(), now));
    instance.is_prepared = is_done;
  }
  void operator()(const Starting& s, const BecameReady&) { come_online(s.pid, s.started_at); }
  void operator()(const Starting& s, const TimePassed&) {
    become(Starting{s.pid, s.started_at, std::nullopt});
    effects.push(NotReady{s.pid});
  }

  void operator()(const Online& s, const BecameUnhealthy&) {
    stop(s.pid, s.started_at, After::as_failure);
  }

  void operator()(const Starting& s, const DrainRequested& e) { drain(s.pid, s.started_at, e); }
  void operator()(const Online& s, const DrainRequested& e) { drain(s.pid, s.started_at, e); }
  void operator()(const Draining& s, const DrainRequested& e) {
    become(Draining{s.pid, s.started_at, std::min(s.stop_at, now + e.patience), e.after});
  }
  void operator()(const Draining& s, const Drained&) { stop(s.pid, s.started_at, s.after); }

  void operator()(const Preparing& s, const StopRequested& e) {
    stop(s.pid, s.started_at, e.after);
  }
  void operator()(const Starting& s, const StopRequested& e) { stop(s.pid, s.started_at, e.after); }
  void operator()(const Online& s, const StopRequested& e) { stop(s.pid, s.started_at, e.after); }
  void operator()(const Draining& s, const StopRequested& e) { stop(s.pid, s.started_at, e.after); }
  void operator()(const Stopping& s, const StopRequested& e) {
    become(Stopping{s.pid, s.started_at, s.kill_at, e.after});
  }
  void operator()(const Killing& s, const StopRequested& e) {
    become(Killing{s.pid, s.started_at, s.repeat_at, e.after});
  }
  void operator()(const Clearing& s, const StopRequested& e) {
    become(Clearing{s.leader, s.kill_at, outcome_of_request(e.after)});
  }
  void operator()(const Backoff&, const StopRequested& e) { settle(outcome_of_request(e.after)); }

  void operator()(const Preparing& s, const KillRequested&) {
    kill(s.pid, s.started_at, After::stay_down);
  }
  void operator()(const Starting& s, const KillRequested&) {
    kill(s.pid, s.started_at, After::stay_down);
  }
  void operator()(const Online& s, const KillRequested&) {
    kill(s.pid, s.started_at, After::stay_down);
  }
  void operator()(const Draining& s, const KillRequested&) {
    kill(s.pid, s.started_at, After::stay_down);
  }
  void operator()(const Stopping& s, const KillRequested&) {
    kill(s.pid, s.started_at, After::stay_down);
  }
  void operator()(const Killing& s, const KillRequested&) {
    become(Killing{s.pid, s.started_at, s.repeat_at, After::stay_down});
  }
  void operator()(const Clearing& s, const KillRequested&) { kill_tree(s.leader, Rest{}); }
  void operator()(const Backoff&, const KillRequested&) { become(Stopped{}); }

  void operator()(const Draining& s, const TimePassed&) { stop(s.pid, s.started_at, s.after); }
  void operator()(const Stopping& s, const TimePassed&) { kill(s.pid, s.started_at, s.after); }
  void operator()(const Killing& s, const TimePassed&) { kill(s.pid, s.started_at, s.after); }
  void operator()(const Clearing& s, const TimePassed&) { kill_tree(s.leader, s.outcome); }
  void operator()(const Backoff&, const TimePassed&) { launch_again(); }

  void operator()(const Starting& s, const ProcessEnded& e) {
    end(s.pid, e.status, s.started_at, now + policy.kill_timeout, outcome_of(e, s.started_at));
  }
  void operator()(const Online& s, const ProcessEnded& e) {
    end(s.pid, e.status, s.started_at, now + policy.kill_timeout, outcome_of(e, s.started_at));
  }
  void operator()(const Draining& s, const ProcessEnded& e) {
    end(s.pid, e.status, s.started_at, now + policy.kill_timeout,
        outcome_of_stop(s.after, e, s.started_at));
  }
  void operator()(const Stopping& s, const ProcessEnded& e) {
    end(s.pid, e.status, s.started_at, s.kill_at, outcome_of_stop(s.after, e, s.started_at));
  }
  void operator()(const Killing& s, const ProcessEnded& e) {
    end(s.pid, e.status, s.started_at, now, outcome_of_stop(s.after, e, s.started_at));
  }
  void operator()(const Clearing& s, const TreeGone&) { settle(s.outcome); }

  template <class S, class E>
    requires Deaf<S>::template
  has<E> void operator()(const S&, const E&) {}

 private:
  void become(InstanceState next) noexcept { instance.state = next; }
  [[nodiscard]] Role role() const { return role_of(instance, policy); }
  void ask_for_process() {
    become(Launching{});
    effects.push(Spawn{});
  }
  void launch() {
    instance.is_finished = false;
    ask_for_process();
  }
  void finish() {
    instance.is_finished = true;
    ask_for_process();
  }
  // It is on its way out, as who was asked to stop; it has only more time.
  void let_finish(Pid process, std::optional<After> after) {
    become(
        Stopping{process, now, now + policy.post_stop->timeout, after.value_or(After::stay_down)});
  }
  void launch_again() {
    ++instance.restarts;
    launch();
  }
  void start_afresh() {
    instance.unstable_in_a_row = 0;
    instance.short_in_a_row = 0;
    instance.last_delay = {};
    launch();
  }
  void come_online(Pid process, Instant started_at) {
    become(Online{process, started_at});
    effects.push(CameOnline{process});
  }
  void drain(Pid process, Instant started_at, const DrainRequested& e) {
    become(Draining{process, started_at, now + e.patience, e.after});
    effects.push(Drain{process, e.patience});
  }
  void stop(Pid process, Instant started_at, After after) {
    become(Stopping{process, started_at, now + policy.kill_timeout, after});
    if (policy.stops_by_message)
      effects.push(SayShutdown{process, policy.stop_signal});
    else
      effects.push(Signal{process, policy.stop_signal});
  }
  void kill(Pid process, Instant started_at, After after) {
    become(Killing{process, started_at, now + kRepeatKill, after});
    effects.push(Signal{process, kSigKill});
  }
  void kill_tree(Pid leader, const Outcome& outcome) {
    become(Clearing{leader, now + kRepeatKill, outcome});
    effects.push(SignalTree{leader, kSigKill});
  }

  // The process is gone. Who it left behind has until `kill_at`.
  void end(Pid process, ExitStatus status, Instant started_at, Instant kill_at,
           const Outcome& outcome) {
    effects.push(WentDown{process, status, now - started_at, outcome, role()});
    if (!policy.clears_tree) return settle(outcome);
    if (kill_at <= now) return kill_tree(process, outcome);
    become(Clearing{process, kill_at, outcome});
    effects.push(SignalTree{process, policy.stop_signal});
  }
  void settle(const Outcome& outcome) {
    if (const auto* retry = std::get_if<Retry>(&outcome)) {
      if (retry->at <= now) return launch_again();
      return become(Backoff{retry->at});
    }
    if (const auto* gave_up = std::get_if<GiveUp>(&outcome)) return become(Errored{gave_up->last});
    if (std::holds_alternative<GoOn>(outcome)) return launch();
    become(Stopped{});
  }
  [[nodiscard]] Outcome outcome_of(const ProcessEnded& e, Instant started_at) const {
    return outcome_of_end(instance, policy, e.status, now - started_at, now);
  }
  [[nodiscard]] Outcome outcome_of_stop(After after, const ProcessEnded& e,
                                        Instant started_at) const {
    if (after != After::as_failure) return outcome_of_request(after);
    const Duration uptime = role() == Role::app ? now - started_at : Duration::zero();
    return outcome_of_failure(instance, policy, e.status, uptime, now);
  }
  [[nodiscard]] Outcome outcome_of_request(After after) const {
    if (after == After::start_again) return Retry{now};
    return Rest{};
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

bool heeds(const InstanceState& state, const InstanceEvent& event) noexcept {
  return std::visit([]<class S, class E>(const S&, const E&) { return !Deaf<S>::template has<E>; },
                    state, event);
}

std::optional<Instant> deadline(const InstanceState& state) noexcept {
  return std::visit(
      [](const auto& s) -> std::optional<Instant> {
        if constexpr (requires { s.ready_by; })
          return s.ready_by;
        else if constexpr (requires { s.stop_at; })
          return s.stop_at;
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

Role role_of(const Instance& instance, const LifePolicy& policy) noexcept {
  if (instance.is_finished) return Role::post_stop;
  return policy.pre_start && !instance.is_prepared ? Role::pre_start : Role::app;
}

const Hook* hook_of(const LifePolicy& policy, Role role) noexcept {
  const std::optional<Hook>& hook = role == Role::pre_start ? policy.pre_start : policy.post_stop;
  return role != Role::app && hook ? &*hook : nullptr;
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

bool stays_down(const InstanceState& state) noexcept {
  if (is_at_rest(state)) return true;
  if (const auto* const clearing = std::get_if<Clearing>(&state)) {
    return std::holds_alternative<Rest>(clearing->outcome) ||
           std::holds_alternative<GiveUp>(clearing->outcome);
  }
  return std::visit(
      [](const auto& s) {
        if constexpr (requires { s.after; }) return s.after == After::stay_down;
        return false;
      },
      state);
}

bool is_stopped_as_failure(const InstanceState& state) noexcept {
  const auto* const stopping = std::get_if<Stopping>(&state);
  const auto* const killing = std::get_if<Killing>(&state);
  return (stopping != nullptr && stopping->after == After::as_failure) ||
         (killing != nullptr && killing->after == After::as_failure);
}

std::optional<Instant> up_since(const InstanceState& state) noexcept {
  if (const auto* starting = std::get_if<Starting>(&state)) return starting->started_at;
  if (const auto* online = std::get_if<Online>(&state)) return online->started_at;
  return std::nullopt;
}

bool is_at_rest(const InstanceState& state) noexcept {
  return std::holds_alternative<Stopped>(state) || std::holds_alternative<Errored>(state);
}

}  // namespace pmx
