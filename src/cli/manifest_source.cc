#include "cli/manifest_source.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/concat.h"
#include "base/text.h"
#include "cli/app_name.h"
#include "cli/evaluate.h"
#include "cli/source_problem.h"
#include "codec/json_document.h"
#include "codec/key_reading.h"
#include "codec/manifest_document.h"
#include "codec/manifest_keys.h"
#include "codec/manifest_reading.h"
#include "codec/yaml_document.h"
#include "core/validate.h"
#include "os/file.h"
#include "os/os_error.h"

namespace pmx::cli {
namespace {

bool has_ending(std::string_view name, std::span<const std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view end) { return name.ends_with(end); });
}

constexpr auto kEvaluated = std::to_array<std::string_view>(
    {".config.js", ".config.cjs", ".config.mjs", ".config.ts", ".config.cts", ".config.mts"});
constexpr auto kYaml = std::to_array<std::string_view>({".yaml", ".yml"});

class Source {
 public:
  Source(const Options& options, os::SignalMask child_mask, const runtime::GivenManifest& given)
      : options_(options), child_mask_(child_mask), given_(given) {}

  LoadedSettings load() {
    read_targets();
    if (failure_.signal == 0) complete();
    return {std::move(manifest_), std::move(failure_)};
  }

  std::expected<std::string, SourceFailure> document(const std::string& path) {
    if (auto text = text_of(path)) return std::move(*text);
    return std::unexpected(std::move(failure_));
  }

 private:
  void read_targets() {
    const bool is_given = !given_.file.empty();
    if (is_given) add_manifest(given_.file);
    if (!is_given && !options_.command.empty()) add_command();
    for (const std::string& target : options_.targets) {
      if (is_given) break;
      if (is_manifest_name(target))
        add_manifest(target);
      else
        add_script(target);
      if (failure_.signal != 0) return;
    }
    manifest_.lacks_apps = lacks_apps_;
    apply_keys();
    for (AppSettings& app : manifest_.apps) evaluate_env_files(app);
  }

  void complete() {
    check_env_name();
    fill_in_names();
    choose_apps();
    take_name();
    add_problems(file_, validate(manifest_));
    if (!failure_.problems.empty() || options_.env_name.empty()) return;
    append_env_to_names();
    add_problems(file_, validate(manifest_));  // two may have the same name now
  }

  void refuse(std::string_view file, Problem problem) {
    add_problem(failure_.problems, {std::string(file), std::move(problem)}, options_.targets);
  }
  void add_problems(std::string_view file, Problems problems) {
    for (Problem& problem : problems) {
      const std::string of = problem.file.empty() ? std::string(file) : problem.file;
      refuse(of, std::move(problem));
    }
  }

  void add_command() {
    AppSettings app;
    app.command = options_.command;
    app.exec_mode = ExecMode::automatic;
    manifest_.apps.push_back(std::move(app));
  }

  void add_script(const std::string& target) {
    AppSettings app;
    app.script = target;
    app.arguments = options_.arguments;
    manifest_.apps.push_back(std::move(app));
  }

  void add_manifest(const std::string& path) {
    file_ = path;
    const bool lacked_apps = std::exchange(lacks_apps_, true);  // until they are read
    const auto text = text_of(path);
    if (!text) return;
    auto document =
        has_ending(path, kYaml) ? parse_yaml_document(*text) : parse_json_document(*text);
    if (!document) {
      SyntaxProblem& error = document.error();
      return refuse(path, {error.mark, {}, {}, std::move(error.rule), std::move(error.suggestion)});
    }
    Environment evaluated;
    if (has_ending(path, kEvaluated)) {
      take_variables(*document, evaluated);
      forget_marks(*document);
    }
    Problems problems;
    ManifestSettings settings = read_manifest(*document, problems);
    add_problems(path, std::move(problems));
    lacks_apps_ = lacked_apps || settings.lacks_apps;
    for (AppSettings& app : settings.apps) {
      app.file = path;
      app.evaluated = evaluated;
    }
    if (has_manifest_) take_overruled(path, settings);
    std::vector<AppSettings> apps = std::move(manifest_.apps);
    std::ranges::move(settings.apps, std::back_inserter(apps));
    if (!std::exchange(has_manifest_, true)) manifest_ = std::move(settings);
    manifest_.apps = std::move(apps);
  }

  static OutputPolicy policy_of(const ManifestSettings& manifest) {
    OutputPolicy policy;
    lay_over(policy, manifest.output);
    return policy;
  }

  // What is said beside `apps` is about everything, and the first manifest has said it.
  void take_overruled(const std::string& path, const ManifestSettings& other) {
    const std::array differing = std::to_array<std::pair<std::string_view, bool>>(
        {{"exit_when", other.exit_when != manifest_.exit_when},
         {"stop_timeout", other.stop_timeout != manifest_.stop_timeout},
         {"drain_delay", other.drain_delay != manifest_.drain_delay},
         {"signals", other.signals != manifest_.signals},
         {"log", policy_of(other) != policy_of(manifest_)},
         {"control", other.control != manifest_.control}});
    for (const auto& [key, differs] : differing) {
      const bool is_said = std::ranges::find(other.said, key) != other.said.end();
      if (differs && is_said) manifest_.overruled.push_back(concat(key, " of ", path));
    }
    for (const std::string& key : other.ignored) manifest_.ignored.push_back(key);
  }

  // The manifest as JSON or YAML, or nothing: that is a problem then.
  std::optional<std::string> text_of(const std::string& path) {
    if (path == given_.file) return given_.document;
    auto text = os::read_file(path.c_str());
    if (!text) {
      refuse(path,
             {{}, {}, {}, concat("cannot be read: ", os::describe_errno(text.error().number)), {}});
      return std::nullopt;
    }
    if (!has_ending(path, kEvaluated)) return std::move(*text);
    auto json = evaluate_config(os::absolute_path(path), child_mask_);
    if (json) return std::move(*json);
    failure_.signal = json.error().signal;
    if (failure_.signal == 0) {
      refuse(path, {json.error().mark, {}, {}, std::move(json.error().sentence), {}});
    }
    return std::nullopt;
  }

  // Of an evaluated manifest that has set variables; what it exports is the document then.
  static void take_variables(Node& document, Environment& into) {
    auto* const map = std::get_if<Node::Map>(&document.value);
    const bool has_variables = map != nullptr && map->size() == 3 &&
                               (*map)[1].key == "environment" && map->back().key == "exported";
    const std::string* const file = has_variables ? map->front().value.text() : nullptr;
    const Node::Map* const environment = has_variables ? (*map)[1].value.map() : nullptr;
    if (file == nullptr || environment == nullptr) return;
    for (const Node::Member& member : *environment) {
      const std::string* const text = member.value.text();
      if (text == nullptr) continue;
      into.set(member.key, *text);
      into.set_origin(member.key, {VariableOrigin::Kind::evaluated, *file});
    }
    Node exported = std::move(map->back().value);
    document = std::move(exported);
  }

  // An `env_file` may be evaluated too: `save` names the one that had set variables, for each app.
  void evaluate_env_files(AppSettings& app) {
    if (options_.cwd.empty() && is_unread(app, "cwd")) return;  // nobody knows where they are
    const std::string& folder = options_.cwd.empty() ? app.cwd : options_.cwd;
    std::vector<std::string> others;
    for (std::string& file : app.env_files) {
      if (!has_ending(file, kEvaluated)) {
        others.push_back(std::move(file));
        continue;
      }
      const std::string path = os::path_from(os::absolute_path(folder), file);
      if (path != env_file_) env_file_text_ = text_of(path).value_or("{}");
      env_file_ = path;
      auto document = parse_json_document(env_file_text_);
      if (document) take_variables(*document, app.evaluated);
    }
    app.env_files = std::move(others);
  }

  // Of what node printed: nobody has written that.
  void forget_marks(Node& node) {
    node.mark = {};
    if (auto* const list = std::get_if<Node::List>(&node.value)) {
      for (Node& item : *list) forget_marks(item);
    } else if (auto* const map = std::get_if<Node::Map>(&node.value)) {
      for (Node::Member& member : *map) {
        member.mark = {};
        forget_marks(member.value);
      }
    }
  }

  void apply_keys() {
    for (const KeyOption& option : options_.keys) {
      ManifestReading reading;
      const Node::Member member{option.key, {}, value_of(option)};
      if (find_manifest_key(option.key) != nullptr) {
        read_manifest_key(reading, member, manifest_);
      } else {
        for (AppSettings& app : manifest_.apps) {
          read_app_keys(reading, Node{Node::Map{member}, {}}, app);
        }
      }
      if (reading.problems().empty()) continue;
      Problem problem = std::move(reading.problems().front());
      problem.path.clear();
      refuse(option.source, std::move(problem));
    }
    take_name();
  }

  // As long as it is one.
  void take_name() {
    if (options_.name.empty() || manifest_.apps.size() != 1) return;
    manifest_.apps.front().name = options_.name;
  }

  void check_env_name() {
    const std::string& wanted = options_.env_name;
    if (wanted.empty() || options_.is_pm2 || lacks_apps_) return;
    std::string names;
    for (const AppSettings& app : manifest_.apps) {
      if (!app.unread.empty()) return;  // it may be misspelt there
      for (const auto& [name, variables] : app.named_env) {
        if (name == wanted) return;
        const std::string quoted = concat('"', name, '"');
        if (!names.contains(quoted)) append(names, names.empty() ? "" : ", ", quoted);
      }
    }
    refuse("--env", {{},
                     {},
                     concat('"', wanted, '"'),
                     concat("is chosen, and no app has env_", wanted),
                     names.empty() ? "leave it out" : concat("there is ", names)});
  }

  // What begins as a list or map of JSON is one, if it can be.
  static Node value_of(const KeyOption& option) {
    const std::string& value = option.value;
    if (value == "true" || value == "false") return {value == "true", {}};
    if (value.starts_with('[') || value.starts_with('{')) {
      if (auto document = parse_json_document(value)) return std::move(*document);
    }
    return {value, {}};
  }

  void fill_in_names() {
    for (AppSettings& app : manifest_.apps) {
      const bool is_known = !is_unread(app, "name") && !is_unread(app, "") &&
                            !(app.script.empty() && app.command.empty());
      if (app.name.empty() && is_known) app.name = name_for(app);
    }
  }

  std::string name_with_env(const AppSettings& app) const {
    const bool is_longer = app.append_env_to_name && !options_.env_name.empty();
    return is_longer ? concat(app.name, "-", options_.env_name) : app.name;
  }

  // Last of all: what is written refers to the names that are written.
  void append_env_to_names() {
    for (AppSettings& app : manifest_.apps) {
      for (NamedDependency& other : app.depends_on) {
        other.app = name_with_env(manifest_.apps[index_of(manifest_, other.app)]);
      }
    }
    for (AppSettings& app : manifest_.apps) app.name = name_with_env(app);
  }

  // After its script or program. Two may have the same, as npm: then there is npm-2.
  std::string name_for(const AppSettings& app) const {
    std::vector<std::string> command = app.command;
    if (command.empty()) command = {app.script};
    if (app.command.empty() || !app.interpreter.empty()) command.insert(command.begin(), "node");
    const std::string name = app_name(command);
    std::string free = name;
    for (std::size_t i = 2; index_of(manifest_, free) < manifest_.apps.size(); ++i) {
      free = concat(name, "-", i);
    }
    return free;
  }

  // Of --only, by the names that are written or those that come of them; what is left out is waited
  // for by nobody.
  void choose_apps() {
    if (options_.only.empty()) return;
    const bool knows_names = !lacks_apps_ && index_of(manifest_, "") == manifest_.apps.size();
    const auto is_called = [this](const AppSettings& app, const std::string& name) {
      return name == app.name || name == name_with_env(app);
    };
    for (const std::string& name : options_.only) {
      const bool is_known = std::ranges::any_of(
          manifest_.apps, [&](const AppSettings& app) { return is_called(app, name); });
      if (is_known || !knows_names) continue;
      std::vector<std::string_view> names;
      names.reserve(manifest_.apps.size());
      for (const AppSettings& app : manifest_.apps) names.push_back(app.name);
      const auto meant = nearest_word(name, names);
      refuse("--only", {{},
                        {},
                        concat('"', name, '"'),
                        "is no app of this manifest",
                        meant ? concat("did you mean \"", *meant, "\"?") : std::string()});
    }
    for (AppSettings& app : manifest_.apps) {
      app.was_awaited_as_completed = is_awaited_as_completed(manifest_, app.name);
    }
    std::vector<AppSettings> chosen;
    for (AppSettings& app : manifest_.apps) {
      const bool is_chosen = std::ranges::any_of(
          options_.only, [&](const std::string& name) { return is_called(app, name); });
      if (is_chosen) chosen.push_back(std::move(app));
    }
    manifest_.apps = std::move(chosen);
    for (AppSettings& app : manifest_.apps) {
      std::erase_if(app.depends_on, [this](const NamedDependency& other) {
        return index_of(manifest_, other.app) == manifest_.apps.size();
      });
    }
  }

  const Options& options_;
  os::SignalMask child_mask_;
  const runtime::GivenManifest& given_;
  std::string file_;
  ManifestSettings manifest_;
  bool has_manifest_ = false;  // not only scripts
  bool lacks_apps_ = false;
  std::string env_file_;  // the last that was evaluated
  std::string env_file_text_;
  SourceFailure failure_;
};

}  // namespace

bool is_manifest_name(std::string_view path) noexcept {
  return path.ends_with(".json") || has_ending(path, kEvaluated) || has_ending(path, kYaml);
}

LoadedSettings load_settings(const Options& options, os::SignalMask child_mask,
                             const runtime::GivenManifest& given) {
  return Source(options, child_mask, given).load();
}

std::expected<std::string, SourceFailure> load_document(const std::string& path,
                                                        os::SignalMask child_mask) {
  return Source({}, child_mask, {}).document(path);
}

}  // namespace pmx::cli
