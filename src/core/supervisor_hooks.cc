// The part of the supervisor that runs what is to come before an app's first start and after its
// last stop: once for all its instances.
#include <algorithm>

#include "core/supervisor.h"

namespace pmx {

// One of the instances runs it, as its own first process; the others wait for that, and are
// prepared when that one is.
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
    const bool has_failed = other.is_at_rest() && !other.is_held && other.starts > 0 &&
                            other.last_end && !other.last_end->ok();
    if (has_failed || std::holds_alternative<Errored>(other.instance.state)) {
      prospect = Prospect::never;
    }
  }
  return prospect;
}

// Some of the app ran, and nothing does: one of its instances whose time it is, or null.
Member* Supervisor::finisher_of(std::size_t app_index) noexcept {
  Member* finisher = nullptr;
  for (const InstanceId id : members_.roster().of_app(app_index)) {
    Member& member = members_[id];
    if (!member.is_at_rest()) return nullptr;
    const bool has_run = member.starts > 0 && !member.instance.is_finished;
    if (finisher == nullptr && has_run && member.app().life.post_stop) finisher = &member;
  }
  return finisher;
}

void Supervisor::finish(Member& finisher, Moment& moment) noexcept {
  for (const InstanceId id : members_.roster().of_app(finisher.place->app_index)) {
    members_[id].instance.is_finished = true;
  }
  tell(finisher, FinishRequested{}, moment);
}

// Of all apps; whether there was one whose time it was.
bool Supervisor::finish_all(Moment& moment) noexcept {
  if (stopping_ && stopping_->killed) return false;
  bool any = false;
  for (std::size_t app = 0; app < members_.roster().apps().size(); ++app) {
    Member* const finisher = finisher_of(app);
    if (finisher == nullptr) continue;
    finish(*finisher, moment);
    any = true;
  }
  return any;
}

}  // namespace pmx
