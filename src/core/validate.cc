#include "core/validate.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/concat.h"
#include "base/text.h"

namespace pmx {
namespace {

class Validation {
 public:
  explicit Validation(const ManifestSettings& manifest)
      : apps_(manifest.apps),
        manifest_(manifest),
        knows_names_(!manifest.lacks_apps && index_of(manifest, "") == manifest.apps.size()),
        knows_order_(knows_names_),
        visits_(manifest.apps.size()) {}

  Problems run() {
    for (std::size_t i = 0; i < apps_.size(); ++i) {
      check_name(i);
      check_dependencies(i);
      check_restart_of_awaited(i);
      check_channel(i);
      check_command(i);
    }
    for (std::size_t i = 0; i < apps_.size() && knows_order_; ++i) visit(i);
    return std::move(problems_);
  }

 private:
  enum class Visit : unsigned char { none, open, done };

  void refuse(const AppSettings& app, std::string_view key, std::string_view value,
              std::string_view rule, std::string_view suggestion) {
    if (is_unread(app, key)) return;
    problems_.push_back(problem_of_key(app, key, value, rule, suggestion));
  }

  void check_name(std::size_t i) {
    const AppSettings& app = apps_[i];
    const std::size_t first = index_of(manifest_, app.name);
    if (first == i || app.name.empty()) return;
    knows_order_ = false;
    refuse(app, "name", concat('"', app.name, '"'),
           concat("is the name of ", apps_[first].path, " already"),
           "give each app its own, or use \"instances\"");
  }

  void check_dependencies(std::size_t i) {
    const AppSettings& app = apps_[i];
    if (is_unread(app, "depends_on")) knows_order_ = false;
    for (const NamedDependency& dependency : app.depends_on) {
      // It may be the name of an app that could not be read.
      if (!knows_names_ || index_of(manifest_, dependency.app) < apps_.size()) continue;
      knows_order_ = false;
      std::vector<std::string_view> names;
      names.reserve(apps_.size());
      for (const AppSettings& other : apps_) names.push_back(other.name);
      const auto meant = nearest_word(dependency.app, names);
      problems_.push_back(problem_of_key(
          app, "depends_on", concat('"', dependency.app, '"'), "is no app of this manifest",
          meant ? concat("did you mean \"", *meant, "\"?") : std::string()));
      problems_.back().mark = dependency.mark;
    }
  }

  // Who is awaited as completed and is always started again would never be.
  void check_restart_of_awaited(std::size_t i) {
    const AppSettings& app = apps_[i];
    if (app.autorestart != Restart::always || !is_awaited_as_completed(manifest_, app.name)) return;
    refuse(app, "autorestart", "true", "contradicts that another app waits for its completion",
           "\"on-failure\", or leave it out");
  }

  void check_channel(std::size_t i) {
    const AppSettings& app = apps_[i];
    if (app.ipc.value_or(true) || is_unread(app, "ready")) return;
    const std::string_view key = app.shutdown_with_message ? "shutdown_with_message"
                                 : !waits_for_message(app) ? ""
                                 : app.ready               ? "ready"
                                                           : "wait_ready";
    if (key.empty()) return;
    refuse(app, "ipc", "false", concat("leaves no channel for the message of ", key),
           "leave it out");
  }

  void check_command(std::size_t i) {
    const AppSettings& app = apps_[i];
    if (app.script.empty() || app.command.empty()) return;
    refuse(app, "command", {}, "stands beside script, and one of them alone can be executed",
           "leave one of them out");
  }

  // Depth first. An app that is met again while it is open waits for itself.
  void visit(std::size_t i) {
    if (visits_[i] == Visit::done || !knows_order_) return;
    if (visits_[i] == Visit::open) return refuse_cycle(i);
    visits_[i] = Visit::open;
    chain_.push_back(i);
    for (const NamedDependency& dependency : apps_[i].depends_on) {
      visit(index_of(manifest_, dependency.app));
    }
    chain_.pop_back();
    visits_[i] = Visit::done;
  }

  void refuse_cycle(std::size_t i) {
    knows_order_ = false;  // one of them is enough
    std::string chain;
    for (auto at = std::ranges::find(chain_, i); at != chain_.end(); ++at) {
      append(chain, apps_[*at].name, " -> ");
    }
    refuse(apps_[i], "depends_on", chain + apps_[i].name,
           "is a cycle: none of them could ever start", "leave one of these dependencies out");
  }

  const std::vector<AppSettings>& apps_;
  const ManifestSettings& manifest_;
  bool knows_names_;  // of all apps
  bool knows_order_;  // nothing is wrong with who depends on whom
  std::vector<Visit> visits_;
  std::vector<std::size_t> chain_;
  Problems problems_;
};

}  // namespace

std::size_t index_of(const ManifestSettings& manifest, std::string_view name) noexcept {
  const auto found = std::ranges::find(manifest.apps, name, &AppSettings::name);
  return static_cast<std::size_t>(found - manifest.apps.begin());
}

bool waits_for_message(const AppSettings& app) noexcept {
  if (!app.ready) return app.wait_ready;
  return std::holds_alternative<ByMessage>(*app.ready);
}

bool is_unread(const AppSettings& app, std::string_view key) noexcept {
  return std::ranges::find(app.unread, key) != app.unread.end();
}

bool is_awaited_as_completed(const ManifestSettings& manifest, std::string_view name) noexcept {
  return std::ranges::any_of(manifest.apps, [&](const AppSettings& app) {
    return std::ranges::any_of(app.depends_on, [&](const NamedDependency& dependency) {
      return dependency.app == name && dependency.awaited == Awaited::completed;
    });
  });
}

Problem problem_of_key(const AppSettings& app, std::string_view key, std::string_view value,
                       std::string_view rule, std::string_view suggestion) {
  const auto places = app.places | std::views::reverse;
  const auto place = std::ranges::find(places, key, &KeyPlace::key);
  const bool is_known = place != places.end();
  std::string path = app.path + (app.path.empty() ? "" : ".");
  path += is_known ? std::string_view(place->written) : key;
  return {is_known ? place->mark : app.mark,
          std::move(path),
          std::string(value),
          std::string(rule),
          std::string(suggestion),
          std::string(app.file)};
}

Problems validate(const ManifestSettings& manifest) { return Validation(manifest).run(); }

}  // namespace pmx
