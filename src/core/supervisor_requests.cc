// The part of the supervisor that does what people ask for, instance by instance.
#include <utility>

#include "core/supervisor.h"

namespace pmx {

void Supervisor::on(const StartAsked& e, Moment& moment) noexcept {
  Member& member = members_[e.instance];
  if (is_stopping() || member.was_removed()) return;
  release(member);
  if (!begin_to_wait(member)) tell(member, StartRequested{}, moment);
}

// Since it was found another one may have taken its place. Nobody: it has gone, or was never to be
// asked.
Member* Supervisor::who_has_place_of(InstanceId instance) noexcept {
  Member& found = members_[instance];
  if (found.place->is_free) return nullptr;
  if (!found.place->is_passing) return &found;
  const Member* const successor = members_.successor_of(instance);
  return successor == nullptr ? nullptr : &members_[successor->id];
}

void Supervisor::on(const StopAsked& e, Moment& moment) noexcept {
  Member* const asked = who_has_place_of(e.instance);
  if (asked == nullptr) return;
  Member& member = *asked;
  forgo_successor(member);
  if (member.successor) {
    give_up_successor(members_[*member.successor], ReloadFailure::unwanted, moment);
  }
  member.is_held = true;
  member.waits = false;
  if (!std::exchange(member.stop_is_due, true)) ++stops_due_;
}

void Supervisor::on(const RestartAsked& e, Moment& moment) noexcept {
  Member& member = members_[e.instance];
  if (is_stopping() || member.place->is_passing || member.was_removed()) return;
  release(member);
  if (begin_to_wait(member)) return;
  want_newest(member);
  member.forget_start();
  member.waits = dependencies_.prospect_of(member).prospect == Prospect::later;
  const After after = member.waits ? After::stay_down : After::start_again;
  tell(member, StopRequested{after}, moment);
}

// Nobody stops it any more.
void Supervisor::release(Member& member) noexcept {
  member.is_held = false;
  if (std::exchange(member.stop_is_due, false)) --stops_due_;
}

// One that is at rest starts as soon as it may.
bool Supervisor::begin_to_wait(Member& member) noexcept {
  if (!member.waits && !pmx::is_at_rest(member.instance.state)) return false;
  want_newest(member);
  if (std::exchange(member.waits, true)) return true;
  member.goes_on = false;
  member.forget_start();
  return true;
}

void Supervisor::on(const ResetAsked& e, Moment&) noexcept {
  Instance& instance = members_[e.instance].instance;
  instance.restarts = 0;
  instance.unstable_in_a_row = 0;
  instance.short_in_a_row = 0;
}

void Supervisor::on(const SignalAsked& e, Moment& moment) noexcept {
  Member& member = members_[e.instance];
  const auto process = pid(member.instance.state);
  if (!process) return;
  member.signals_sent.add(e.signal);
  moment.effects.push_back(SignalProcess{*process, e.signal, SignalScope::process});
}

void Supervisor::on(const ShutdownAsked&, Moment& moment) noexcept {
  if (!is_stopping()) asked_to_stop({}, moment);
}

}  // namespace pmx
