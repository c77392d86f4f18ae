// The part of the supervisor that keeps apps within their limits.
#include <algorithm>

#include "core/memory_watch.h"
#include "core/supervisor.h"

namespace pmx {

// Of all at once, as soon as it is time for one.
void Supervisor::look_at_memory(Moment& moment) noexcept {
  const auto next = [this](const Member& member) {
    return next_memory_look(member, memory_looked_at_);
  };
  const bool is_due = std::ranges::any_of(members_, [&](const Member& member) {
    const auto due = next(member);
    return due && *due <= moment.now;
  });
  if (!is_due) return;
  for (const Member& member : members_) {
    if (next(member)) moment.effects.push_back(MeasureMemory{member.id});
  }
  memory_looked_at_ = moment.now;
}

void Supervisor::on(const MemoryMeasured& e, Moment& moment) noexcept {
  Member& member = members_[e.instance];
  // Of a successor its predecessor is there to answer for, until it is ready.
  const bool is_going =
      member.must_go || member.is_held || member.is_leaving || member.place->is_passing;
  if (stopping_ || is_going || !is_over_ceiling(member, e.bytes)) return;
  const Pid process = *pid(member.instance.state);
  moment.effects.push_back(
      Say{MemoryLimitNote{e.instance, process, e.bytes, *member.app().memory_ceiling}});
  member.must_go = true;
  if (!member.successor) on(ReloadAsked{e.instance}, moment);
}

// Also who has ended, as a job does that is to run now and then; but not who was stopped, was never
// meant to start by itself, or is still being prepared. Who has not become ready can do that no
// better beside a second one.
void Supervisor::on(const TimeCame& e, Moment& moment) noexcept {
  if (is_stopping()) return;
  for (const InstanceId id : members_.roster().of_app(e.app)) {
    Member& member = members_[id];
    const bool is_preparing = std::holds_alternative<Preparing>(member.instance.state);
    if (member.is_held || member.is_leaving || member.is_on_trial() || is_preparing) continue;
    moment.effects.push_back(Say{ScheduledNote{id}});
    if (std::holds_alternative<Starting>(member.instance.state)) {
      on(RestartAsked{id}, moment);
    } else {
      on(ReloadAsked{id}, moment);
    }
  }
}

}  // namespace pmx
