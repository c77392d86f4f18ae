// How everything is stopped, and when PID 1 ends.
#include <algorithm>
#include <utility>

#include "core/supervisor.h"

namespace pmx {
namespace {

// When its time comes; not if what it depends on has failed for good.
bool will_run_again(const Member& member, const Dependencies& dependencies) noexcept {
  return member.is_scheduled() && dependencies.prospect_of(member).prospect != Prospect::never;
}

}  // namespace

// The first time everything goes on for a while, if it shall; the second time ends that.
void Supervisor::asked_to_stop(SignalNumber signal, Moment& moment) noexcept {
  const bool anything_runs = !std::ranges::all_of(members_, &Member::is_at_rest);
  const bool drains = !stopping_ && !drained_at_ && anything_runs;
  const bool is_hurried = manifest_.end.is_at_terminal && signal == kSigInt;
  const Duration drain = drains && !is_hurried ? manifest_.end.drain_delay : Duration::zero();
  const bool is_told = number(signal) != 0 || drain > Duration::zero();
  if (is_told) moment.effects.push_back(Say{StopAskedNote{signal, stopping_.has_value(), drain}});
  if (stopping_) return kill_all(true, moment);
  if (drain == Duration::zero()) return stop_all(is_hurried, moment);
  drained_at_ = moment.now + drain;
}

void Supervisor::stop_all(bool is_hurried, Moment& moment) noexcept {
  drained_at_.reset();
  Duration patience = manifest_.end.stop_timeout;
  for (Member& member : members_) {
    member.waits = false;
    member.wants_successor = false;
    if (!member.place->is_free) patience = std::max(patience, member.app().life.kill_timeout);
  }
  stopping_ = StoppingAll{.due = moment.now + patience, .is_hurried = is_hurried};
  for (Member& member : members_) follow(member, moment);
}

// By a person, in reverse order of dependency too.
void Supervisor::stop_who_was_asked(Moment& moment) noexcept {
  for (Member& member : members_) {
    if (!member.stop_is_due || !dependencies_.may_be_stopped(member.place->app_index)) continue;
    member.stop_is_due = false;
    --stops_due_;
    tell(member, StopRequested{}, moment);
  }
}

void Supervisor::stop_who_may(Moment& moment) noexcept {
  if (finish_all(moment)) return;
  for (Member& member : members_) {
    const bool may = !member.is_at_rest() && dependencies_.may_stop(member.place->app_index);
    if (may) let_finish(member, stop_patience_of(member, moment.now), After::stay_down, moment);
  }
}

void Supervisor::kill_all(bool at_once, Moment& moment) noexcept {
  const bool is_over = !std::holds_alternative<NotEnding>(ending_);
  if (is_over) {
    ending_ = continue_ending(ending_, moment.now, moment.effects);
    return;
  }
  stopping_ = StoppingAll{moment.now + kKillPatience, true, at_once};
  for (Member& member : members_) {
    if (member.place->is_free) continue;
    member.is_killed_unasked = !std::exchange(member.was_asked_to_stop, true);
    tell(member, KillRequested{}, moment);
  }
}

// An instance will not run again by itself.
void Supervisor::consider_end_of(const Member& member, Moment& moment) noexcept {
  const std::size_t app_index = member.place->app_index;
  const bool decides = member.app().is_critical || manifest_.end.exit_when == ExitWhen::any_stopped;
  if (!decides || stopping_ || member.is_held || will_run_again(member, dependencies_) ||
      !members_.is_app_at_rest(app_index))
    return;
  const Verdict verdict = verdict_on(manifest_, members_.of_app(app_index));
  if (verdict.code == 0 && dependencies_.is_awaited_as_completed(app_index)) return;
  verdict_ = {verdict.code, verdict.by.value_or(member.id)};
  moment.effects.push_back(Say{EndDecidedNote{*verdict_->by, verdict.code}});
  stop_all(false, moment);
}

void Supervisor::end_if_over(Moment& moment) noexcept {
  if (!std::holds_alternative<NotEnding>(ending_)) return;
  const bool all_rest = std::ranges::all_of(members_, [this](const Member& member) {
    return member.is_at_rest() && (stopping_ || !will_run_again(member, dependencies_));
  });
  const bool somebody_counts =
      std::ranges::any_of(members_, [](const Member& member) { return !member.is_held; });
  const bool by_itself = manifest_.end.exit_when != ExitWhen::never && somebody_counts;
  const bool is_over = all_rest && (stopping_ || by_itself);
  if (is_over && !finish_all(moment)) end(moment);
}

void Supervisor::end(Moment& moment) noexcept {
  if (!std::holds_alternative<NotEnding>(ending_)) return;
  if (!verdict_) verdict_ = verdict_on(manifest_, members_);
  EndPolicy policy = manifest_.end;
  if (stopping_) {
    // Zero would mean to leave the others alone.
    const Duration left = std::max(stopping_->due - moment.now, Duration{1});
    policy.grace = stopping_->killed ? Duration{1} : std::min(policy.grace, left);
  }
  const SignalNumber group_signal = forwarded_as(manifest_.signals, kSigTerm);
  ending_ =
      begin_ending(policy, last_ended_, group_signal, verdict_->code, moment.now, moment.effects);
}

}  // namespace pmx
