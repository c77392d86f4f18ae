// The supervisor's part in checkups: they follow the life of each instance, and what they find out
// changes it.
#include <variant>

#include "core/supervisor.h"

namespace pmx {

void Supervisor::on(const ProbeAnswered& e, Moment& moment) noexcept {
  examine(members_[e.instance], ProbeReturned{e.result}, moment);
}

void Supervisor::on(const WatchdogFed& e, Moment& moment) noexcept {
  examine(members_[e.instance], Fed{}, moment);
}

void Supervisor::on(const WatchdogTriggered& e, Moment& moment) noexcept {
  examine(members_[e.instance], Triggered{}, moment);
}

void Supervisor::on(const StoppingSaid& e, Moment& moment) noexcept {
  examine(members_[e.instance], SaidStopping{}, moment);
}

// While everything is being stopped nobody is asked anything.
void Supervisor::follow(Member& member, Moment& moment) noexcept {
  const CheckupPhase phase = stopping_ ? CheckupPhase::nothing : phase_of(member.instance.state);
  if (phase != member.checkup.phase) examine(member, PhaseBegan{phase}, moment);
}

void Supervisor::examine(Member& member, const CheckupEvent& event, Moment& moment) noexcept {
  for (const CheckupEffect& effect : step(member.checkup, event, member.app().life, moment.now)) {
    std::visit([&](const auto& e) { heed(member, e, moment); }, effect);
  }
}

void Supervisor::heed(Member& member, const AskProbe& effect, Moment& moment) noexcept {
  moment.effects.push_back(StartProbe{member.id, effect.purpose});
}

void Supervisor::heed(Member& member, const DropProbe&, Moment& moment) noexcept {
  moment.effects.push_back(StopProbe{member.id});
}

void Supervisor::heed(Member& member, const FoundReady&, Moment& moment) noexcept {
  tell(member, BecameReady{}, moment);
}

void Supervisor::heed(Member& member, const FoundUnhealthy& effect, Moment& moment) noexcept {
  const auto process = pid(member.instance.state);
  if (!process) return;
  moment.effects.push_back(
      Say{UnhealthyNote{member.id, *process, effect.last, effect.bad_in_a_row}});
  const bool is_wanted = !member.is_held && !member.is_leaving && !stopping_ &&
                         member.app().life.restart != Restart::never;
  // Who was not up for its min_uptime is restarted with a delay, and given up after so many times.
  const auto up = up_since(member.instance.state);
  const bool is_stable = up && moment.now - *up >= member.app().life.min_uptime;
  if (!is_wanted || !can_overlap(member.app()) || member.is_on_trial() || !is_stable) {
    return tell(member, BecameUnhealthy{}, moment);
  }
  member.must_go = true;
  if (!member.successor) on(ReloadAsked{member.id}, moment);
}

}  // namespace pmx
