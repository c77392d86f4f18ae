// The part of the supervisor that runs what is to come before an app's first start and after its
// last stop: once for all its instances.
#include <algorithm>

#include "core/supervisor.h"

namespace pmx {

// One of the instances runs it, with its own first process; the others wait for that.
Prospect Supervisor::prospect_of_pre_start(Member& member) noexcept {
  if (!member.app().life.pre_start || member.instance.is_prepared) return Prospect::now;
  Prospect prospect = Prospect::now;
  for (const Member& other : members_.of_app(member.place->app_index)) {
    const bool is_other = other.id != member.id && other.place->app == member.place->app;
    if (!is_other || other.waits) continue;
    if (other.instance.is_prepared) {
      member.instance.is_prepared = true;
      return Prospect::now;
    }
    if (!other.is_at_rest()) prospect = std::max(prospect, Prospect::later);
    if (std::holds_alternative<Errored>(other.instance.state)) prospect = Prospect::never;
  }
  return prospect;
}

// Some of it ran, and nothing does.
bool Supervisor::is_finish_due(std::size_t app_index) const noexcept {
  if (!members_.roster().apps()[app_index]->life.post_stop) return false;
  bool has_run = false;
  for (const Member& member : members_.of_app(app_index)) {
    if (!member.is_at_rest()) return false;
    has_run = has_run || (member.starts > 0 && !member.instance.is_finished);
  }
  return has_run;
}

void Supervisor::finish(std::size_t app_index, Moment& moment) noexcept {
  Member* runner = nullptr;
  for (const InstanceId id : members_.roster().of_app(app_index)) {
    Member& member = members_[id];
    if (runner == nullptr && member.starts > 0) runner = &member;
    member.instance.is_finished = true;
  }
  tell(*runner, FinishRequested{}, moment);
}

// Of all apps; whether there was one whose time it was.
bool Supervisor::finish_all(Moment& moment) noexcept {
  if (stopping_ && stopping_->killed) return false;
  bool any = false;
  for (std::size_t app = 0; app < members_.roster().apps().size(); ++app) {
    if (!is_finish_due(app)) continue;
    finish(app, moment);
    any = true;
  }
  return any;
}

}  // namespace pmx
