#include "cli/plan.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "base/concat.h"
#include "base/named.h"
#include "base/signals.h"
#include "codec/json_writer.h"
#include "core/plan.h"

namespace pmx::cli {
namespace {

constexpr Duration kDockerPatience{10'000};
constexpr Duration kKubernetesPatience{30'000};

constexpr std::string_view kWhyIgnored = "means nothing in a container";
// Where something else does what it is for.
constexpr std::array<Named<std::string_view>, 6> kInstead{{
    {"source_map_support", R"(write "interpreter_args": "--enable-source-maps")"},
    {"disable_logs", "docker run --log-driver none"},
    {"log_date_format", "every record has its time"},
    {"time", "every record has its time"},
    {"pid_file", "pmx-init list knows the pids"},
    {"pid", "pmx-init list knows the pids"},
}};
constexpr std::string_view kWhyWithoutEffect = "has no effect in this version";
constexpr std::string_view kWhyOverruled = "counts in the first manifest only";

std::string seconds_text(Duration duration) {
  const auto count = duration.count();
  if (count % 1'000 == 0) return concat(count / 1'000, " s");
  return concat(count, " ms");
}

// In quotes where a shell would not read it as one word.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char letter : word) {
    if (letter == '\'')
      quoted += "'\\''";
    else
      quoted += letter;
  }
  return concat(quoted, "'");
}

std::string_view why_ignored(std::string_view key) {
  const std::string_view own = key.substr(key.rfind('.') + 1);  // behind the name of its app
  return from_name(kInstead, own).value_or(kWhyIgnored);
}

class Text {
 public:
  explicit Text(const Resolved& resolved) : resolved_(resolved), apps_(resolved.manifest.apps) {}

  std::string whole() {
    for (std::size_t i = 0; i < apps_.size(); ++i) add_app(apps_[i], resolved_.reckonings[i]);
    add_order("start", stages_of_start(apps_));
    add_order("stop", stages_of_stop(apps_));
    add("longest stop", seconds_text(longest_stop(resolved_.manifest)), 0);
    for (const std::string& key : resolved_.ignored) {
      add("ignored", because(key, why_ignored(key)), 0);
    }
    for (const std::string& key : resolved_.without_effect) {
      add("ignored", because(key, kWhyWithoutEffect), 0);
    }
    for (const std::string& key : resolved_.overruled) {
      add("ignored", because(key, kWhyOverruled), 0);
    }
    for (const std::string& warning : warnings_of(resolved_)) add("warning", warning, 0);
    return std::move(text_);
  }

 private:
  static std::string because(const std::string& key, std::string_view why) {
    return concat(key, ": ", why);
  }

  void add(std::string_view title, const std::string& content, std::size_t indent = 2) {
    std::string line(indent, ' ');
    line += title;
    line.resize(std::max<std::size_t>(line.size() + 1, 16), ' ');
    append(text_, line, content, "\n");
  }

  static std::string command_line(const std::vector<std::string>& words) {
    std::string command;
    for (const std::string& word : words)
      command += (command.empty() ? "" : " ") + shell_word(word);
    return command;
  }

  void add_hook(const LifePolicy& life, Role role) {
    const Hook* const hook = hook_of(life, role);
    if (hook == nullptr) return;
    add(name_of(kRoles, role),
        concat(command_line(hook->command), ", for at most ", seconds_text(hook->timeout)));
  }

  void add_app(const App& app, const Reckoning& reckoning) {
    append(text_, app.name, "\n");
    add("command", command_line(app.process.arguments));
    add_hook(app.life, Role::pre_start);
    add_hook(app.life, Role::post_stop);
    if (!app.process.directory.empty()) add("cwd", app.process.directory);
    add("user", app.user_name);
    add("instances", concat(app.instances, ": ", reckoning.instances));
    if (app.memory_ceiling) {
      add("memory", concat(*app.memory_ceiling, " bytes each: ", reckoning.memory_ceiling));
    }
    if (!app.depends_on.empty()) add("depends on", dependencies_of(app));
    if (!app.starts_by_itself) add("starts", "when somebody asks for it");
    if (app.is_critical) add("critical", "everything is stopped when it ends for good");
    add("stop", how_it_stops(app.life));
    text_ += "\n";
  }

  std::string dependencies_of(const App& app) const {
    std::string all;
    for (const Dependency& dependency : app.depends_on) {
      all += (all.empty() ? "" : ", ") + apps_[dependency.app].name;
      all.append(" (").append(name_of(kAwaited, dependency.awaited)).append(")");
    }
    return all;
  }

  static std::string how_it_stops(const LifePolicy& life) {
    const std::string signal = life.stops_by_message ? std::string("the message \"shutdown\"")
                                                     : std::string(signal_name(life.stop_signal));
    return concat(signal, ", SIGKILL ", seconds_text(life.kill_timeout), " later");
  }

  void add_order(std::string_view title, const Stages& stages) {
    std::string all;
    for (const auto& stage : stages) {
      all += all.empty() ? "" : ", then ";
      for (const std::size_t& app : stage) {
        all += (&app == stage.data() ? "" : " and ") + apps_[app].name;
      }
    }
    add(title, all, 0);
  }

  const Resolved& resolved_;
  const std::vector<App>& apps_;
  std::string text_;
};

void write_app(const Resolved& resolved, std::size_t index, JsonWriter& json) {
  const std::vector<App>& apps = resolved.manifest.apps;
  const App& app = apps[index];
  json.begin_object().member("name", app.name).member("namespace", app.name_space);
  json.member("command", app.process.arguments);
  for (const Role role : {Role::pre_start, Role::post_stop}) {
    const Hook* const hook = hook_of(app.life, role);
    if (hook != nullptr) json.member(name_of(kRoles, role), hook->command);
  }
  json.key("cwd");
  app.process.directory.empty() ? json.null() : json.value(app.process.directory);
  json.member("user", app.user_name);
  json.member("mode", app.is_clustered ? "cluster" : "fork");
  json.member("instances", app.instances);
  json.member("instances_because", resolved.reckonings[index].instances);
  json.member("memory_ceiling_bytes", app.memory_ceiling);
  json.key("memory_ceiling_because");
  app.memory_ceiling ? json.value(resolved.reckonings[index].memory_ceiling) : json.null();
  json.key("depends_on").begin_object();
  for (const Dependency& dependency : app.depends_on) {
    json.member(apps[dependency.app].name, name_of(kAwaited, dependency.awaited));
  }
  json.end_object();
  json.member("autostart", app.starts_by_itself).member("critical", app.is_critical);
  json.member("stop_signal", signal_name(app.life.stop_signal));
  json.member("kill_timeout_ms", app.life.kill_timeout.count()).end_object();
}

void write_order(const std::vector<App>& apps, const Stages& stages, JsonWriter& json) {
  json.begin_array();
  for (const auto& stage : stages) {
    json.begin_array();
    for (const std::size_t app : stage) json.value(apps[app].name);
    json.end_array();
  }
  json.end_array();
}

void write_ignored(const std::string& key, std::string_view why, JsonWriter& json) {
  json.begin_object().member("key", key).member("why", why).end_object();
}

}  // namespace

std::vector<std::string> warnings_of(const Resolved& resolved) {
  std::vector<std::string> warnings = resolved.missing;
  for (const runtime::Remark& remark : resolved.remarks) {
    if (remark.level == Level::warn) warnings.push_back(remark.text);
  }
  const Duration longest = longest_stop(resolved.manifest);
  const std::string stop = concat("a stop can take ", seconds_text(longest));
  const std::string whole_seconds = std::to_string((longest.count() + 999) / 1'000);
  if (longest > kDockerPatience) {
    warnings.push_back(concat(stop, ", and Docker kills after 10 s: docker run --stop-timeout ",
                              whole_seconds, ", or in Compose stop_grace_period: ", whole_seconds,
                              "s"));
  }
  if (longest > kKubernetesPatience) {
    warnings.push_back(concat(
        stop, ", and Kubernetes kills after 30 s: terminationGracePeriodSeconds: ", whole_seconds));
  }
  return warnings;
}

std::string plan_as_text(const Resolved& resolved) { return Text(resolved).whole(); }

std::string plan_as_json(const Resolved& resolved) {
  const std::vector<App>& apps = resolved.manifest.apps;
  JsonWriter json;
  json.begin_object().key("apps").begin_array();
  for (std::size_t i = 0; i < apps.size(); ++i) write_app(resolved, i, json);
  json.end_array().key("start_order");
  write_order(apps, stages_of_start(apps), json);
  json.key("stop_order");
  write_order(apps, stages_of_stop(apps), json);
  json.member("longest_stop_ms", longest_stop(resolved.manifest).count());
  json.key("ignored").begin_array();
  for (const std::string& key : resolved.ignored) write_ignored(key, why_ignored(key), json);
  for (const std::string& key : resolved.without_effect) {
    write_ignored(key, kWhyWithoutEffect, json);
  }
  for (const std::string& key : resolved.overruled) write_ignored(key, kWhyOverruled, json);
  json.end_array().key("warnings").begin_array();
  for (const std::string& warning : warnings_of(resolved)) json.value(warning);
  json.end_array().end_object();
  return std::move(json).text() + "\n";
}

}  // namespace pmx::cli
