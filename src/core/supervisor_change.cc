// The part of the supervisor that goes from the apps that run to others that are wanted: who is in
// both goes on running, who is defined in another way is replaced, the others start or stop.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/heap_sort.h"
#include "core/supervisor.h"

namespace pmx {
namespace {

using SharedApps = std::vector<std::shared_ptr<const App>>;

// As an index; the number of names where there is no such one.
std::size_t index_of(const std::vector<std::string>& names, std::string_view name) noexcept {
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

void add_names(std::vector<std::string>& names, const SharedApps& apps) {
  for (const auto& app : apps) names.push_back(app->name);
}

unsigned smallest_unused(std::vector<unsigned>& numbers) {
  unsigned number = 0;
  while (std::ranges::find(numbers, number) != numbers.end()) ++number;
  numbers.push_back(number);
  return number;
}

}  // namespace

void Supervisor::on(const ManifestChanged& e, Moment& moment) noexcept {
  if (is_stopping()) return;
  ++changes_;
  Manifest& next = *e.manifest;
  manifest_.end = next.end;
  manifest_.signals = next.signals;
  manifest_.ends_well = next.ends_well;

  Roster& roster = members_.roster();
  const SharedApps before(roster.apps().begin(), roster.apps().end());
  std::vector<std::vector<InstanceId>> own(before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    own[i].assign(roster.of_app(i).begin(), roster.of_app(i).end());
  }
  const SharedApps left = leftovers(next.apps);
  wanted_ = next.apps.size();
  SharedApps apps;
  for (App& app : next.apps) apps.push_back(std::make_shared<const App>(std::move(app)));
  apps.insert(apps.end(), left.begin(), left.end());
  roster.replace_apps(apps);
  std::vector<std::string> names;
  add_names(names, before);
  own.resize(before.size() + 1);  // the last: those of an app that is new
  for (std::size_t i = 0; i < apps.size(); ++i) {
    for (const InstanceId id : own[index_of(names, apps[i]->name)]) roster[id].app_index = i;
  }
  roster.index();
  dependencies_.learn();
  for (std::size_t i = 0; i < apps.size(); ++i) {
    seat(i, std::move(own[index_of(names, apps[i]->name)]), e, moment);
  }
  roster.index();
}

std::vector<App> Supervisor::wanted_apps() const {
  std::vector<App> apps;
  for (const auto& app : members_.roster().apps().first(wanted_)) apps.push_back(*app);
  return apps;
}

// Apps that are not wanted any more, while some of their instances are still there. What they
// depend on is where it is now; what has gone they do not depend on.
SharedApps Supervisor::leftovers(const std::vector<App>& wanted) {
  const Roster& roster = members_.roster();
  const auto is_wanted = [&](const App& app) {
    return std::ranges::find(wanted, app.name, &App::name) != wanted.end();
  };
  SharedApps left;
  for (std::size_t i = 0; i < roster.apps().size(); ++i) {
    if (is_wanted(*roster.apps()[i]) || roster.of_app(i).empty()) continue;
    left.push_back(roster.apps()[i]);
  }
  std::vector<std::string> names;  // in the order in which all apps are going to be
  names.reserve(wanted.size());
  for (const App& app : wanted) names.push_back(app.name);
  add_names(names, left);
  for (auto& app : left) {
    App moved = *app;
    moved.instances = 0;
    for (Dependency& dependency : moved.depends_on) {
      dependency.app = index_of(names, roster.apps()[dependency.app]->name);
    }
    std::erase_if(moved.depends_on, [&](const Dependency& d) { return d.app == names.size(); });
    app = std::make_shared<const App>(std::move(moved));
  }
  return left;
}

// Gives every instance of the app its place; `own` are those that it has. Those with the highest
// numbers are removed where there are too many.
void Supervisor::seat(std::size_t app_index, std::vector<InstanceId> own,
                      const ManifestChanged& how, Moment& moment) noexcept {
  const App& app = *members_.roster().apps()[app_index];
  heap_sort(own, [this](InstanceId id) { return members_[id].place->number; });
  // Of one that waits to be started by a person more start once that has happened.
  const bool starts = app.starts_by_itself || std::ranges::any_of(own, [this](InstanceId id) {
                        return !members_[id].is_held;
                      });
  std::vector<unsigned> numbers;
  for (const InstanceId id : own) {
    Member& member = members_[id];
    if (member.place->is_passing) continue;  // who it comes or goes for decides
    if (numbers.size() == app.instances) {
      remove(member, moment);
      continue;
    }
    numbers.push_back(member.place->number);
    keep_or_replace(member, app_index, how, moment);
  }
  while (numbers.size() < app.instances) add(app_index, smallest_unused(numbers), starts);
}

void Supervisor::keep_or_replace(Member& member, std::size_t app_index, const ManifestChanged& how,
                                 Moment& moment) noexcept {
  const auto& app = members_.roster().apps()[app_index];
  if (member.successor && keep_or_give_up_successor(member, app, moment)) return;
  if (member.declined && !how.tries_again && are_alike(*member.declined, *app)) {
    member.declined = app;
    return;
  }
  member.declined.reset();
  const bool is_alike = are_alike(member.next_app ? *member.next_app : member.app(), *app);
  const bool comes_back = std::exchange(member.is_leaving, false);
  if (comes_back) {
    --leaving_;
    release(member);
  }
  if (is_alike && (!comes_back || up_since(member.instance.state))) {
    (member.next_app ? member.next_app : members_.roster()[member.id].app) = app;
    return;
  }
  note_change(member, Change::Kind::replaced);
  member.next_app = app;
  const bool is_up = up_since(member.instance.state).has_value();
  const bool overlaps = can_overlap(*app) && can_overlap(member.app()) && !how.stops_first;
  if (overlaps && is_up && !member.is_held) {
    member.wants_successor = true;
    member.parallel = 0;
    return;
  }
  const bool rests = pmx::is_at_rest(member.instance.state);
  if (rests) take_next_app(member);
  if (member.is_held) return;
  member.goes_on = member.has_started;
  member.forget_start();
  // For a pre_start, which one of its instances runs; and for those that it depends on, who may
  // have been changed as well.
  member.waits = rests || app->life.pre_start || !app->depends_on.empty();
  if (rests) return;
  const After after = member.waits ? After::stay_down : After::start_again;
  const bool is_draining = std::holds_alternative<Draining>(member.instance.state);
  const Duration patience = is_draining ? member.app().cluster.drain_timeout : Duration::zero();
  let_finish(member, patience, after, moment);
}

// A successor of another version is wanted no more. True: the one that is on its way is right.
bool Supervisor::keep_or_give_up_successor(Member& member, const std::shared_ptr<const App>& app,
                                           Moment& moment) noexcept {
  Member& successor = members_[*member.successor];
  if (!are_alike(successor.app(), *app)) {
    give_up_successor(successor, ReloadFailure::unwanted, moment);
    member.wants_successor = member.must_go;
    return false;
  }
  members_.roster()[successor.id].app = app;
  member.next_app.reset();
  return true;
}

void Supervisor::add(std::size_t app_index, unsigned number, bool starts) noexcept {
  const auto& app = members_.roster().apps()[app_index];
  const InstanceId id = members_.roster().add(app, app_index, number);
  members_.meet_new_places();
  Member& member = members_[id];
  member = {.id = id, .place = member.place};
  member.waits = starts;
  member.is_held = !starts;
  note_change(member, Change::Kind::added);
}

void Supervisor::remove(Member& member, Moment& moment) noexcept {
  if (std::exchange(member.is_leaving, true)) return;
  note_change(member, Change::Kind::removed);
  member.is_held = true;
  member.waits = false;
  forgo_successor(member);
  member.next_app.reset();
  member.declined.reset();
  ++leaving_;
  if (member.successor) {
    give_up_successor(members_[*member.successor], ReloadFailure::unwanted, moment);
  }
}

void Supervisor::note_change(Member& member, Change::Kind kind) noexcept {
  member.change = {.serial = changes_, .kind = kind, .starts_before = member.starts};
}

void Supervisor::take_next_app(Member& member) noexcept {
  members_.roster()[member.id].app = std::exchange(member.next_app, nullptr);
  member.declined.reset();
  member.instance.is_prepared = false;
}

// Who leaves stops after those who leave as well and depend on it.
void Supervisor::let_go(Moment& moment) noexcept {
  for (bool somebody_came_to_rest = true; somebody_came_to_rest;) {
    somebody_came_to_rest = false;
    for (Member& member : members_) {
      if (member.is_leaving && member.is_at_rest()) leave(member, moment);
    }
    for (Member& member : members_) {
      const bool may = member.is_leaving && !member.is_at_rest() &&
                       dependencies_.may_leave(member.place->app_index);
      if (!may) continue;
      let_finish(member, member.app().cluster.drain_timeout, After::stay_down, moment);
      somebody_came_to_rest = somebody_came_to_rest || member.is_at_rest();
    }
  }
}

// The last one of an app that is not wanted any more ends it.
void Supervisor::leave(Member& member, Moment& moment) noexcept {
  const std::size_t app_index = member.place->app_index;
  Member* const finisher = app_index >= wanted_ ? finisher_of(app_index) : nullptr;
  finisher == nullptr ? vacate(member, moment) : finish(*finisher, moment);
}

void Supervisor::vacate(Member& member, Moment& moment) noexcept {
  --leaving_;
  for (Member& other : members_) {
    if (other.predecessor != member.id) continue;
    other.predecessor.reset();
    moment.effects.push_back(Say{ReloadedNote{other.id}});
  }
  moment.effects.push_back(ForgetInstance{member.id});
  release(member);
  members_.roster().set_free(member.id);
  member = {.id = member.id, .place = member.place, .is_held = true, .change = member.change};
}

}  // namespace pmx
