#include "core/supervisor.h"

#include <algorithm>
#include <utility>

#include "core/memory_watch.h"

namespace pmx {
Supervisor::Supervisor(Manifest manifest)
    : manifest_(std::move(manifest)),
      members_(std::exchange(manifest_.apps, {})),
      dependencies_(members_),
      wanted_(members_.roster().apps().size()) {}

void Supervisor::handle(const Event& event, Instant now, Effects& effects) noexcept {
  Moment moment{now, effects};
  members_.roster().begin_moment();
  std::visit([&](const auto& e) { on(e, moment); }, event);
  for (bool must_look_again = true; must_look_again;) {
    if (leaving_ > 0) let_go(moment);
    if (stops_due_ > 0) stop_who_was_asked(moment);
    if (!stopping_) start_successors(moment);
    must_look_again = !stopping_ && start_who_may(moment);
  }
  if (stopping_) stop_who_may(moment);
  end_if_over(moment);
}

std::optional<Instant> Supervisor::deadline() const noexcept {
  const bool is_over = !std::holds_alternative<NotEnding>(ending_);
  if (is_over) return pmx::deadline(ending_);
  std::optional<Instant> earliest = drained_at_;
  if (stopping_) earliest = earlier(earliest, stopping_->due);
  for (const Member& member : members_) {
    earliest = earlier(earliest, pmx::deadline(member.instance.state));
    earliest = earlier(earliest, pmx::deadline(member.checkup));
    if (!stopping_) earliest = earlier(earliest, next_memory_look(member, memory_looked_at_));
  }
  return earliest;
}

std::optional<Pid> Supervisor::pid_of(InstanceId instance) const noexcept {
  return pid(members_[instance].instance.state);
}

void Supervisor::on(const Began&, Moment&) noexcept {
  for (Member& member : members_) {
    member.waits = member.app().starts_by_itself;
    member.is_held = !member.waits;
  }
}

void Supervisor::on(const SignalReceived& e, Moment& moment) noexcept {
  if (members_.empty() && (e.signal == kSigTerm || e.signal == kSigInt)) return end(moment);
  switch (meaning_of(manifest_.signals, e.signal)) {
    case SignalMeaning::forward:
      return forward(e.signal, moment);
    case SignalMeaning::ignore:
      return moment.effects.push_back(Say{SignalIgnoredNote{e.signal}});
    case SignalMeaning::apply:
      if (!is_stopping()) moment.effects.push_back(ReadManifest{});
      return;
    case SignalMeaning::reload:
      return replace_all(moment);
    case SignalMeaning::stop:
      return asked_to_stop(e.signal, moment);
  }
}

// Who depends on others comes behind them.
void Supervisor::replace_all(Moment& moment) noexcept {
  for (std::size_t depth = 0; depth < members_.roster().apps().size(); ++depth) {
    for (Member& member : members_) {
      const bool is_up = !member.is_at_rest() && !member.is_held &&
                         !std::holds_alternative<Preparing>(member.instance.state);
      const bool is_next = is_up && depth_of(member.id) == depth;
      if (is_next) on(ReloadAsked{member.id}, moment);
    }
  }
}

void Supervisor::forward(SignalNumber received, Moment& moment) noexcept {
  const SignalNumber sent = forwarded_as(manifest_.signals, received);
  const bool is_swallowed = sent == SignalNumber{};
  for (Member& member : members_) {
    const auto process = pid(member.instance.state);
    if (!process) continue;
    if (!is_swallowed) {
      moment.effects.push_back(SignalProcess{*process, sent, manifest_.signals.scope});
      member.signals_sent.add(sent);
    }
    if (halts_us(manifest_.signals, received)) moment.effects.push_back(HaltWith{*process});
  }
  if (is_swallowed) return;
  if (!std::holds_alternative<NotEnding>(ending_)) moment.effects.push_back(SignalOthers{sent});
  moment.effects.push_back(Say{SignalNote{received, sent}});
}

void Supervisor::on(const Spawned& e, Moment& moment) noexcept {
  Member& member = members_[e.instance];
  const Role role = member.role();
  member.has_started = member.has_started || role == Role::app;
  moment.effects.push_back(Say{StartedNote{e.instance, e.pid, role}});
  tell(member, ProcessStarted{e.pid}, moment);
}

void Supervisor::on(const SpawnFailed& e, Moment& moment) noexcept {
  Member& member = members_[e.instance];
  const Role role = member.role();
  if (role != Role::post_stop) note_end(member, e.status);
  moment.effects.push_back(Say{StartFailedNote{e.instance, e.error, e.status, role}});
  tell(member, ProcessFailed{e.status, e.is_lasting}, moment);
}

void Supervisor::on(const Ready& e, Moment& moment) noexcept {
  tell(members_[e.instance], BecameReady{}, moment);
}

void Supervisor::on(const Exited& e, Moment& moment) noexcept {
  Member& member = members_[e.instance];
  last_ended_ = pid(member.instance.state);
  const bool is_our_kill =
      member.signals_sent.has(kSigKill) || std::holds_alternative<Killing>(member.instance.state);
  if (last_ended_ && !is_our_kill && e.status.signal == number(kSigKill))
    moment.effects.push_back(ExplainKill{e.instance, *last_ended_});
  const Role role = member.role();
  const bool is_its_end = role == Role::app || (role == Role::pre_start && !e.status.ok());
  if (!is_its_end) return tell(member, ProcessEnded{e.status}, moment);
  member.ended_as_failure = is_stopped_as_failure(member.instance.state);
  // An unhealthy process that ends well when it is asked to has failed all the same.
  const bool only_its_signal_tells = member.ended_as_failure && e.status.ok();
  const ExitStatus by_signal{0, number(member.app().life.stop_signal)};
  note_end(member, only_its_signal_tells ? by_signal : e.status);
  tell(member, ProcessEnded{e.status}, moment);
}

void Supervisor::on(const TreeCleared& e, Moment& moment) noexcept {
  tell(members_[e.instance], TreeGone{}, moment);
}

void Supervisor::on(const Halted& e, Moment& moment) noexcept {
  if (const auto process = pid_of(e.instance)) moment.effects.push_back(HaltWith{*process});
}

void Supervisor::on(const NobodyLeft&, Moment& moment) noexcept {
  ending_ = finish_ending(ending_, moment.effects);
}

void Supervisor::on(const DeadlinePassed&, Moment& moment) noexcept {
  const auto is_due = [&moment](std::optional<Instant> due) { return due && *due <= moment.now; };
  for (Member& member : members_) {
    if (is_due(pmx::deadline(member.instance.state))) tell(member, TimePassed{}, moment);
    if (is_due(pmx::deadline(member.checkup))) examine(member, TimePassed{}, moment);
  }
  if (!stopping_) look_at_memory(moment);
  if (is_due(drained_at_)) stop_all(false, moment);
  if (stopping_ && is_due(stopping_->due)) {
    if (stopping_->killed) return end(moment);
    kill_all(false, moment);
  }
  if (is_due(pmx::deadline(ending_))) {
    ending_ = continue_ending(ending_, moment.now, moment.effects);
  }
}

void Supervisor::tell(Member& member, const InstanceEvent& event, Moment& moment) noexcept {
  const bool was_at_rest = member.is_at_rest();
  const std::size_t app_index = member.place->app_index;
  const bool is_clustered = member.app().is_clustered;
  const bool stayed_down = is_clustered && members_.stays_app_down(app_index);
  for (const InstanceEffect& effect : step(member.instance, event, member.app().life, moment.now)) {
    std::visit([&](const auto& e) { heed(member, e, moment); }, effect);
  }
  // What connects is refused then, and not left to wait for an end.
  if (is_clustered && !stayed_down && members_.stays_app_down(app_index)) {
    moment.effects.push_back(CloseListeners{member.id});
  }
  follow(member, moment);
  if (was_at_rest || !member.is_at_rest()) return;
  if (member.is_on_trial()) {
    return give_up_successor(member, stopping_ ? ReloadFailure::unwanted : ReloadFailure::ended,
                             moment);
  }
  // A worker may have begun to listen meanwhile.
  if (is_clustered && members_.is_app_at_rest(app_index)) {
    moment.effects.push_back(CloseListeners{member.id});
  }
  consider_end_of(member, moment);
}

void Supervisor::heed(Member& member, const Spawn&, Moment& moment) noexcept {
  const bool starts = member.role() != Role::post_stop;
  if (starts && member.next_app) take_next_app(member);
  if (starts) {
    member.signals_sent = {};
    member.was_asked_to_stop = false;
    member.must_go = false;
    ++member.starts;
  }
  moment.effects.push_back(SpawnProcess{member.id, member.role()});
}

void Supervisor::heed(Member& member, const Signal& effect, Moment& moment) noexcept {
  const Role role = member.role();
  const bool is_last_resort =
      effect.signal == kSigKill && (member.was_asked_to_stop || role != Role::app);
  if (is_last_resort) {
    const bool is_at_once = stopping_ && stopping_->is_at_once;
    const bool was_asked = !std::exchange(member.is_killed_unasked, false);
    moment.effects.push_back(Say{KilledNote{member.id, effect.pid, role, is_at_once, was_asked}});
  } else {
    note_request(member, effect.signal, moment);
  }
  moment.effects.push_back(SignalProcess{effect.pid, effect.signal, SignalScope::process});
}

void Supervisor::heed(Member& member, const SayShutdown& effect, Moment& moment) noexcept {
  note_request(member, effect.otherwise, moment);
  moment.effects.push_back(SendShutdown{member.id, effect.pid, effect.otherwise});
}

void Supervisor::note_request(Member& member, SignalNumber signal, Moment& moment) noexcept {
  member.signals_sent.add(signal);
  member.was_asked_to_stop = true;
  if (member.app().is_clustered) moment.effects.push_back(RetireInstance{member.id});
  if (member.app().life.clears_tree) moment.effects.push_back(LookAround{});
}

void Supervisor::heed(Member& member, const Drain& effect, Moment& moment) noexcept {
  member.signals_sent.add(member.app().life.stop_signal);
  member.was_asked_to_stop = true;
  moment.effects.push_back(DrainInstance{member.id, effect.patience});
}

void Supervisor::heed(Member& member, const SignalTree& effect, Moment& moment) noexcept {
  moment.effects.push_back(ClearTree{member.id, effect.signal});
}

void Supervisor::heed(Member& member, const CameOnline& effect, Moment& moment) noexcept {
  member.has_been_ready = true;
  if (waits_for_ready(member.app().life.ready_by)) {
    moment.effects.push_back(Say{ReadyNote{member.id, effect.pid}});
  }
  if (member.is_on_trial()) succeed(member, moment);
}

void Supervisor::heed(Member& member, const NotReady& effect, Moment& moment) noexcept {
  if (member.is_on_trial()) {
    return give_up_successor(member, ReloadFailure::not_ready, moment);
  }
  moment.effects.push_back(Say{NotReadyNote{member.id, effect.pid, member.checkup.last}});
}

void Supervisor::heed(Member& member, const WentDown& effect, Moment& moment) noexcept {
  const bool as_asked = effect.role != Role::post_stop && !member.ended_as_failure &&
                        is_end_by(member.signals_sent, effect.status);
  const bool as_expected = effect.status.ok() || ends_well(manifest_, effect.status) || as_asked;
  const bool is_retried = !std::holds_alternative<Rest>(effect.outcome) &&
                          !std::holds_alternative<GoOn>(effect.outcome);
  if (is_retried && !member.was_asked_to_stop) member.failed_start = member.starts;
  moment.effects.push_back(Say{ExitedNote{.instance = member.id,
                                          .pid = effect.pid,
                                          .status = effect.status,
                                          .uptime = effect.uptime,
                                          .as_expected = as_expected,
                                          .next = sequel_of(member, effect.outcome, moment.now),
                                          .role = effect.role}});
}

void Supervisor::heed(Member& member, const FailedToStart& effect, Moment& moment) noexcept {
  if (!std::holds_alternative<Retry>(effect.outcome)) return;
  moment.effects.push_back(
      Say{RetryNote{member.id, sequel_of(member, effect.outcome, moment.now)}});
}

Sequel Supervisor::sequel_of(const Member& member, const Outcome& outcome,
                             Instant now) const noexcept {
  Sequel sequel{.unstable_in_a_row = member.instance.unstable_in_a_row,
                .short_in_a_row = member.instance.short_in_a_row};
  if (const auto* retry = std::get_if<Retry>(&outcome)) {
    sequel.kind = Sequel::Kind::restart;
    sequel.restart = member.instance.restarts + 1;
    sequel.delay = std::max(retry->at - now, Duration::zero());
  } else if (std::holds_alternative<GiveUp>(outcome) && !member.is_on_trial()) {
    sequel.kind = Sequel::Kind::give_up;
  }
  return sequel;
}

// True: somebody was refused, or is kept waiting from now on, or is not any more. Who depends on it
// is to be looked at again, and who was to replace another one leaves, and makes room.
bool Supervisor::start_who_may(Moment& moment) noexcept {
  bool must_look_again = false;
  for (Member& member : members_) {
    if (!member.waits || !pmx::is_at_rest(member.instance.state)) continue;
    const bool was_kept = member.is_kept_waiting;
    const bool was_refused = !start_or_refuse(member, moment);
    must_look_again = must_look_again || was_refused || member.is_kept_waiting != was_kept;
    if (was_refused && stopping_) break;
  }
  return must_look_again;
}

// False: what it depends on can never be as far as it must be. It may start later, too.
bool Supervisor::start_or_refuse(Member& member, Moment& moment) noexcept {
  if (member.next_app) take_next_app(member);
  StartProspect start = dependencies_.prospect_of(member);
  if (start.prospect == Prospect::now) {
    start = {prospect_of_pre_start(member), member.place->app_index};
  }
  const bool may_come = start.prospect == Prospect::later ||
                        (start.prospect == Prospect::held && !member.is_on_trial());
  member.is_kept_waiting = start.prospect == Prospect::held;
  if (may_come) return true;
  member.waits = false;
  if (start.prospect == Prospect::now) {
    tell(member, StartRequested{}, moment);
    return true;
  }
  note_end(member, status_of_app(start.app));
  member.is_end_of_other = true;
  moment.effects.push_back(Say{BlockedNote{member.id, start.app}});
  if (member.is_on_trial()) {
    give_up_successor(member, ReloadFailure::blocked, moment);
  } else {
    consider_end_of(member, moment);
  }
  return false;
}

// Of the instance that stands in the way of who depends on the app.
ExitStatus Supervisor::status_of_app(std::size_t app_index) const noexcept {
  for (const Member& member : members_.of_app(app_index)) {
    if (member.last_end && !member.last_end->ok()) return *member.last_end;
  }
  return {1, 0};  // it ended well, and that was not what was awaited
}

void Supervisor::note_end(Member& member, ExitStatus status) noexcept {
  member.last_end = status;
  member.is_end_of_other = false;
  member.ended_as = ++ends_;
}

}  // namespace pmx
