#include "core/dependencies.h"

#include <algorithm>

namespace pmx {
namespace {

Prospect prospect_of_one(const Member& member, Awaited awaited, bool is_needed_now) noexcept {
  const bool has_been_there = (awaited == Awaited::started && member.has_started) ||
                              (awaited == Awaited::ready && member.has_been_ready);
  const bool was_stopped = member.is_held && member.is_at_rest();
  if (has_been_there && !(is_needed_now && was_stopped)) return Prospect::now;
  if (member.waits && member.is_kept_waiting) return Prospect::held;
  if (!member.is_at_rest()) return Prospect::later;
  const bool was_cut_short = member.is_held && member.was_asked_to_stop;
  const bool completed =
      awaited == Awaited::completed && member.last_end && member.last_end->ok() && !was_cut_short;
  if (completed) return Prospect::now;
  return member.is_held ? Prospect::held : Prospect::never;
}

}  // namespace

void Dependencies::learn() {
  const auto apps = members_.roster().apps();
  dependents_.assign(apps.size(), {});
  awaited_as_completed_.assign(apps.size(), false);
  for (std::size_t i = 0; i < apps.size(); ++i) {
    for (const Dependency& dependency : apps[i]->depends_on) {
      dependents_[dependency.app].push_back(i);
      if (dependency.awaited == Awaited::completed) awaited_as_completed_[dependency.app] = true;
    }
  }
  depths_.assign(apps.size(), 0);
  for (bool has_grown = true; has_grown;) {  // there is no cycle
    has_grown = false;
    for (std::size_t i = 0; i < apps.size(); ++i) {
      for (const std::size_t dependent : dependents_[i]) {
        if (depths_[dependent] > depths_[i]) continue;
        depths_[dependent] = depths_[i] + 1;
        has_grown = true;
      }
    }
  }
}

StartProspect Dependencies::prospect_of(const Member& member) const noexcept {
  // Who goes on or is replaced can do without one that was stopped since.
  const bool starts_anew = !member.has_started && !member.goes_on && !member.is_on_trial();
  StartProspect all;
  for (const Dependency& dependency : members_.roster().newest(member.id).depends_on) {
    const Prospect one = prospect_of(dependency, starts_anew);
    if (one > all.prospect) all = {one, dependency.app};
  }
  return all;
}

Prospect Dependencies::prospect_of(const Dependency& dependency,
                                   bool is_needed_now) const noexcept {
  Prospect all = Prospect::now;
  for (const Member& member : members_.of_app(dependency.app)) {
    all = std::max(all, prospect_of_one(member, dependency.awaited, is_needed_now));
  }
  return all;
}

bool Dependencies::may_leave(std::size_t app_index) const noexcept {
  return std::ranges::all_of(dependents_[app_index], [this](std::size_t dependent) {
    return std::ranges::none_of(members_.of_app(dependent), &Member::is_leaving);
  });
}

bool Dependencies::may_be_stopped(std::size_t app_index) const noexcept {
  return std::ranges::all_of(dependents_[app_index], [this](std::size_t dependent) {
    return std::ranges::none_of(members_.of_app(dependent), [](const Member& member) {
      return member.is_held && !member.is_at_rest();
    });
  });
}

bool Dependencies::may_stop(std::size_t app_index) const noexcept {
  return std::ranges::all_of(dependents_[app_index], [this](std::size_t dependent) {
    return members_.is_app_at_rest(dependent);
  });
}

}  // namespace pmx
