// Requests that change which apps there are.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/concat.h"
#include "base/text.h"
#include "runtime/control_desk.h"

namespace pmx::runtime {
namespace {

constexpr unsigned kMostInstances = 1'000;

std::string instances_text(std::size_t count) {
  return concat(count, count == 1 ? " instance" : " instances");
}

// "4", "+1", "-2"
std::optional<std::int64_t> scaled(std::string_view text, unsigned now) {
  const bool is_relative = text.starts_with('+') || text.starts_with('-');
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto amount = parse_number<std::int64_t>(text);
  if (!amount || *amount > kMostInstances || *amount < -std::int64_t{kMostInstances}) {
    return std::nullopt;
  }
  return is_relative ? now + *amount : *amount;
}

}  // namespace

// Whole apps: of one instance less `scale` speaks.
void ControlDesk::remove(const Case& asked, const std::vector<InstanceId>& targets) {
  std::set<std::size_t> gone;
  for (const InstanceId id : targets) gone.insert(supervisor_.roster()[id].app_index);
  for (const std::size_t index : gone) {
    const auto all = supervisor_.roster().of_app(index);
    const bool is_whole = std::ranges::all_of(all, [&](InstanceId id) {
      // Who comes or goes in a reload is whoever's place it is about.
      return supervisor_.roster()[id].is_passing || std::ranges::find(targets, id) != targets.end();
    });
    if (is_whole) continue;
    const std::string& name = supervisor_.roster().apps()[index]->name;
    std::string sentence = "only whole apps can be deleted, and ";
    sentence.append(name).append(" has ").append(instances_text(all.size()));
    sentence.append("; scale ").append(name).append(" -1 takes one away");
    return fail(asked.client, kFailed, sentence, asked.now);
  }
  std::vector<App> apps = supervisor_.wanted_apps();
  std::vector<std::size_t> index_after(apps.size());
  for (std::size_t i = 0; i < apps.size(); ++i) {
    index_after[i] =
        i - static_cast<std::size_t>(std::ranges::distance(gone.begin(), gone.lower_bound(i)));
    if (gone.contains(i)) continue;
    for (const Dependency& dependency : apps[i].depends_on) {
      if (!gone.contains(dependency.app)) continue;
      return fail(asked.client, kFailed,
                  concat(apps[dependency.app].name, " is needed: ", apps[i].name,
                         " depends on it; delete both, or change the manifest"),
                  asked.now);
    }
  }
  std::vector<App> left;
  for (std::size_t i = 0; i < apps.size(); ++i) {
    if (gone.contains(i)) continue;
    for (Dependency& dependency : apps[i].depends_on) dependency.app = index_after[dependency.app];
    left.push_back(std::move(apps[i]));
  }
  change(asked, std::move(left));
}

void ControlDesk::scale(const Case& asked, const std::vector<InstanceId>& targets) {
  const std::size_t index = supervisor_.roster()[targets.front()].app_index;
  std::vector<App> apps = supervisor_.wanted_apps();
  const bool is_one = std::ranges::all_of(
      targets, [&](InstanceId id) { return supervisor_.roster()[id].app_index == index; });
  if (!is_one || index >= apps.size()) {
    return fail(asked.client, kWrongUsage, "scale: names more than one app, or one that is going",
                asked.now);
  }
  App& app = apps[index];
  const std::string_view wanted = asked.request.text("instances");
  const auto count = scaled(wanted, app.instances);
  if (!count) {
    return fail(asked.client, kWrongUsage,
                concat("\"", wanted, "\" is no number of instances: 4, +1 or -1"), asked.now);
  }
  if (*count < 1 || *count > kMostInstances) {
    return fail(
        asked.client, kFailed,
        concat(app.name, " has ", instances_text(app.instances), ", and that would make ", *count,
               ": from 1 to ", kMostInstances, " are possible; delete takes an app away"),
        asked.now);
  }
  app.instances = static_cast<unsigned>(*count);
  divide_memory_ceiling(app);
  change(asked, std::move(apps));
}

void ControlDesk::apply(const Case& asked, const std::vector<InstanceId>&) {
  if (reader_.is_busy()) {
    return fail(asked.client, kFailed, "a manifest is being read already; ask again", asked.now);
  }
  const GivenManifest given{std::string(asked.request.text("file")),
                            std::string(asked.request.text("document"))};
  if (reader_.begin(given, asked.client, asked.now)) return;
  fail(asked.client, kFailed, "the manifest cannot be read: there can be no process now",
       asked.now);
}

// Begins a restart whose variables are read anew first.
void ControlDesk::refresh(const Case& asked, Job job) {
  if (reader_.is_busy()) {
    return fail(asked.client, kFailed, "a manifest is being read already; ask again", asked.now);
  }
  Refresh wanted{supervisor_.manifest(), {}, supervisor_.changes()};
  wanted.manifest.apps = supervisor_.wanted_apps();
  for (const Item& item : job.items) {
    wanted.apps.push_back(supervisor_.roster()[item.errand.instance].app->name);
  }
  refreshed_ = std::move(job);
  if (reader_.begin(wanted, asked.client, asked.now)) return;
  fail(asked.client, kFailed, "variables cannot be read: there can be no process now", asked.now);
}

// Who got other variables is being replaced already, unless somebody has stopped it; and who has
// gone while they were read is not started again.
void ControlDesk::restart_refreshed(Inbox& inbox) {
  std::vector<InstanceId> others;
  for (const Item& item : refreshed_.items) {
    if (item.state != ErrandState::pending) continue;
    const Member& member = supervisor_.member(whom(item));
    const bool is_replaced = member.change.serial == supervisor_.changes() && !member.is_held;
    if (!is_replaced) others.push_back(member.id);
  }
  for (const InstanceId id : by_dependency(others)) {
    refreshed_.is_reload ? inbox.push(ReloadAsked{id}) : inbox.push(RestartAsked{id});
  }
  jobs_.push_back(std::exchange(refreshed_, {}));
}

void ControlDesk::take_reading(const ManifestReader::Result& result, bool has_changed, Inbox& inbox,
                               Instant now) {
  if (!result.client) return;
  const std::vector<std::string>& problems = result.reading.problems;
  if (has_changed && result.changes) return restart_refreshed(inbox);
  if (has_changed) return jobs_.push_back({*result.client, {}, supervisor_.changes()});
  if (problems.empty()) return fail(*result.client, kFailed, "everything is being stopped", now);
  std::string all;
  for (const std::string& problem : problems) all += (all.empty() ? "" : "\n") + problem;
  fail(*result.client, result.changes ? kFailed : kWrongUsage, all, now);
}

void ControlDesk::change(const Case& asked, std::vector<App> apps) {
  auto manifest = std::make_unique<Manifest>(supervisor_.manifest());
  manifest->apps = std::move(apps);
  asked.inbox.push(ManifestChanged{manifest.get()});
  changes_.push_back(std::move(manifest));
  const auto serial = supervisor_.changes() + static_cast<unsigned>(changes_.size());
  jobs_.push_back({asked.client, {}, serial});
}

void ControlDesk::take_items_of_change(Job& job) const {
  for (unsigned i = 0; i < supervisor_.roster().size(); ++i) {
    const Member& member = supervisor_.member(InstanceId{i});
    if (member.change.serial != job.change) continue;
    // Of one that goes in a reload its successor tells, unless that goes too.
    const Member* const successor =
        member.place->is_passing ? supervisor_.successor_of(member.id) : nullptr;
    if (successor != nullptr && !successor->is_leaving) continue;
    const Errand errand = errand_of_change(member);
    if (errand.goal == Errand::Goal::at_rest) {
      job.items.push_back({errand});
    } else if (!member.place->is_passing && !member.is_held) {
      job.items.push_back({errand, member.place->id});
    }
  }
  job.change = 0;
}

}  // namespace pmx::runtime
