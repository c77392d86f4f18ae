// The part of the supervisor that replaces processes one after the other without an interruption:
// a successor is started beside each, and takes its place when it is ready.
#include <algorithm>
#include <utility>

#include "core/supervisor.h"

namespace pmx {

void Supervisor::on(const ReloadAsked& e, Moment& moment) noexcept {
  Member& member = members_[e.instance];
  if (is_stopping() || member.place->is_passing || member.was_removed()) return;
  if (!can_overlap(member.app()) || !up_since(member.instance.state)) {
    return on(RestartAsked{e.instance}, moment);
  }
  release(member);
  member.wants_successor = true;
  member.parallel = e.parallel;
  want_newest(member);
}

void Supervisor::on(const DrainDone& e, Moment& moment) noexcept {
  tell(members_[e.instance], Drained{}, moment);
}

void Supervisor::start_successors(Moment& moment) noexcept {
  // By index: successors are new members.
  for (unsigned i = 0; i < members_.size(); ++i) {
    Member& member = members_[InstanceId{i}];
    if (member.wants_successor && !member.successor) prepare_successor(member, moment);
  }
}

void Supervisor::prepare_successor(Member& member, Moment& moment) noexcept {
  if (up_since(member.instance.state)) {
    if (!member.predecessor && may_start_successor(member)) start_successor(member, moment);
    return;
  }
  // It has ended meanwhile: whoever starts in its place is its successor.
  member.wants_successor = false;
  ++member.generation;
  const bool must_be_started = pmx::is_at_rest(member.instance.state) ||
                               std::holds_alternative<Backoff>(member.instance.state);
  if (must_be_started) on(RestartAsked{member.id}, moment);
}

// From the start of a successor to the end of who was there before they count as one.
bool Supervisor::may_start_successor(const Member& member) const noexcept {
  const auto under_way =
      std::ranges::count_if(members_.of_app(member.place->app_index),
                            [](const Member& one) { return one.predecessor.has_value(); });
  const unsigned of_app = members_.roster().apps()[member.place->app_index]->cluster.parallel;
  return under_way < static_cast<std::ptrdiff_t>(member.parallel > 0 ? member.parallel : of_app);
}

void Supervisor::start_successor(Member& member, Moment& moment) noexcept {
  Roster& roster = members_.roster();
  const auto& app = member.next_app ? member.next_app : roster[member.id].app;
  const bool is_the_same = !member.next_app;
  const InstanceId id = roster.add(app, member.place->app_index, member.place->number);
  roster[id].is_passing = true;
  roster[id].known_as = roster[member.id].id;
  roster.index();
  members_.meet_new_places();
  Member& successor = members_[id];
  successor = {.id = id, .place = successor.place};
  successor.instance.restarts = member.instance.restarts + 1;
  successor.instance.is_prepared = is_the_same && member.instance.is_prepared;
  successor.instance.is_on_trial = true;
  successor.predecessor = member.id;
  successor.waits = true;
  successor.starts = member.starts;
  member.successor = id;
  member.wants_successor = false;
  member.next_app.reset();
  moment.effects.push_back(Say{ReloadingNote{member.id, id}});
}

// It is ready: people mean the successor from now on.
void Supervisor::succeed(Member& successor, Moment& moment) noexcept {
  Roster& roster = members_.roster();
  Member& old = members_[*successor.predecessor];
  roster.swap_ids(old.id, successor.id);
  roster[successor.id].is_passing = false;
  roster[old.id].is_passing = true;
  successor.instance.is_on_trial = false;
  successor.generation = old.generation + 1;
  successor.failed_reloads = old.failed_reloads;
  successor.starts = std::max(successor.starts, old.starts + 1);
  successor.wants_successor = std::exchange(old.wants_successor, false);
  successor.parallel = old.parallel;
  successor.next_app = std::move(old.next_app);
  successor.change = old.change;
  old.successor.reset();
  remove(old, moment);
}

// It was to be replaced, and is stopped or removed: who asked is told so.
void Supervisor::forgo_successor(Member& member) noexcept {
  if (!std::exchange(member.wants_successor, false)) return;
  ++member.failed_reloads;
  member.reload_failure = ReloadFailure::unwanted;
}

// It stays as it is, also with its next process, until somebody asks again.
void Supervisor::decline(Member& member) noexcept {
  member.next_app.reset();
  const auto& newest = members_.roster().apps()[member.place->app_index];
  const bool stays = !member.is_leaving && !member.place->is_passing;
  if (stays && member.place->app != newest) member.declined = newest;
}

void Supervisor::want_newest(Member& member) noexcept {
  const auto& newest = members_.roster().apps()[member.place->app_index];
  if (member.place->app != newest) member.next_app = newest;
}

// The old one stays as it is, and with it all that were to be replaced after it, but for those that
// are at fault themselves. Where the successor is not wanted any more, that says nothing about
// others.
void Supervisor::give_up_successor(Member& successor, ReloadFailure why, Moment& moment) noexcept {
  Member& old = members_[*std::exchange(successor.predecessor, std::nullopt)];
  old.successor.reset();
  ++old.failed_reloads;
  old.reload_failure = why;
  unsigned others = 0;
  for (const InstanceId id : members_.roster().of_app(old.place->app_index)) {
    Member& other = members_[id];
    const bool is_concerned = id == old.id || (why != ReloadFailure::unwanted && !other.must_go);
    if (is_concerned && why != ReloadFailure::unwanted) decline(other);
    if (!is_concerned || !std::exchange(other.wants_successor, false)) continue;
    ++other.failed_reloads;
    if (other.id == old.id) continue;
    other.reload_failure = ReloadFailure::halted;
    ++others;
  }
  remove(successor, moment);
  const bool is_restarted = why != ReloadFailure::unwanted && std::exchange(old.must_go, false);
  moment.effects.push_back(Say{ReloadFailedNote{old.id, why, others, is_restarted}});
  // Who waits to be started has been told to stop already.
  if (is_restarted && !old.waits)
    let_finish(old, old.app().cluster.drain_timeout, After::start_again, moment);
}

// Who can tell when it has finished may do so first.
void Supervisor::let_finish(Member& member, Duration patience, After after,
                            Moment& moment) noexcept {
  const bool is_up = up_since(member.instance.state).has_value();
  const bool is_draining = std::holds_alternative<Draining>(member.instance.state);
  const bool may_drain = member.app().is_clustered && patience > Duration::zero();
  if (may_drain && (is_up || is_draining)) {
    tell(member, DrainRequested{patience, after}, moment);
  } else {
    tell(member, StopRequested{after}, moment);
  }
}

// In a stop of everything its kill_timeout must be left, or else half of the time: what a handler
// of the stop signal would wait for has mostly ended by then.
Duration Supervisor::stop_patience_of(const Member& member, Instant now) const noexcept {
  if (stopping_->is_hurried) return Duration::zero();
  const Duration left = stopping_->due - now;
  const Duration patience = std::max(left - member.app().life.kill_timeout, left / 2);
  return std::clamp(patience, Duration::zero(), member.app().cluster.drain_timeout);
}

}  // namespace pmx
