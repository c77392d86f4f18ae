#include "cli/resolve.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/concat.h"
#include "base/exit_code.h"
#include "cli/app_command.h"
#include "cli/app_environment.h"
#include "cli/cluster_command.h"
#include "cli/identity.h"
#include "cli/life_settings.h"
#include "cli/log_paths.h"
#include "cli/remarks.h"
#include "core/validate.h"
#include "os/file.h"
#include "os/process.h"
#include "os/processors.h"
#include "os/spawn_plan.h"
#include "os/time_zone.h"
#include "runtime/container_limits.h"

namespace pmx::cli {
namespace {

std::string_view value_or(const char* value, std::string_view otherwise) {
  return value == nullptr ? otherwise : value;
}

// Where a problem is that no manifest has.
constexpr std::string_view kUserOption = "--user";
constexpr std::string_view kCapabilityOptions = "--caps-*";

class Resolution {
 public:
  Resolution(const ManifestSettings& settings, const Options& options, const OutputPolicy& output)
      : settings_(settings), options_(options), output_(output) {
    lay_over(output_, settings.output);
  }

  std::expected<Resolved, Problems> run() {
    Manifest& manifest = resolved_.manifest;
    manifest.log = output_of({});
    manifest.signals = supervise();
    for (const auto& [signal, meaning] : settings_.signals) {
      give_meaning(manifest.signals, signal, meaning);
    }
    manifest.end.exit_when = options_.never_ends_by_itself ? ExitWhen::never : settings_.exit_when;
    manifest.end.stop_timeout = settings_.stop_timeout;
    manifest.end.drain_delay = settings_.drain_delay;
    manifest.end.is_at_terminal = ::isatty(STDOUT_FILENO) != 0;
    manifest.end.grace = options_.grace;
    manifest.ends_well = options_.ends_well;
    for (const AppSettings& settings : settings_.apps) {
      resolved_.reckonings.emplace_back();
      manifest.apps.push_back(app_of(settings));
    }
    std::vector<std::string>& ignored = resolved_.ignored = settings_.ignored;
    std::vector<std::string>& without_effect = resolved_.without_effect;
    for (const AppSettings& app : settings_.apps) {
      for (const std::string& key : app.ignored) ignored.push_back(concat(app.name, ".", key));
      for (const std::string& key : app.without_effect) {
        without_effect.push_back(concat(app.name, ".", key));
      }
    }
    note_options_without_effect(settings_, options_, resolved_.remarks);
    resolved_.overruled = settings_.overruled;
    resolved_.control = options_.control.empty() ? settings_.control : options_.control;
    if (problems_.empty()) return std::move(resolved_);
    return std::unexpected(std::move(problems_));
  }

 private:
  void refuse(const AppSettings& app, std::string_view key, std::string_view value,
              std::string_view rule, std::string_view suggestion = {}) {
    if (is_unread(app, key)) return;
    problems_.push_back(problem_of_key(app, key, value, rule, suggestion));
  }
  // Else what one key means for another is not known.
  static bool is_whole(const AppSettings& app) {
    return app.unread.empty() && app.script.empty() != app.command.empty();
  }
  void remark(Level level, std::string_view event, std::string text) {
    resolved_.remarks.push_back({level, event, std::move(text), true});
  }

  App app_of(AppSettings settings) {
    App app;
    app.name = settings.name;
    app.name_space = settings.name_space;
    app.version = settings.version;
    app.user_name = user_name_of(settings);
    app.process = process_of(settings);
    const bool is_awaited =
        settings.was_awaited_as_completed || is_awaited_as_completed(settings_, settings.name);
    app.life = life_of(settings, is_awaited, options_.is_pm2);
    app.output = output_of(settings.output);
    app.instance_variable = settings.instance_variable;
    app.increment_variable = settings.increment_variable;
    app.starts_by_itself = settings.autostart;
    app.is_critical = settings.critical;
    count_instances(settings, app);
    decide_clustering(settings, app);
    app.log_files = written_files(settings, app);
    app.cluster = settings.cluster;
    app.cluster.balance = balance_of(settings, app);
    if (app.is_clustered) {
      join_cluster(settings, app);
    } else if (std::holds_alternative<ByListening>(app.life.ready_by) && is_whole(settings)) {
      refuse(settings, "ready", {}, "is said by workers of a cluster, and this app is none",
             "\"exec_mode\": \"cluster\"");
    }
    app.cron = settings.cron;
    app.restarts_at = settings.restarts_at;
    if (app.restarts_at) check_zone(settings);
    limit_memory(settings, app);
    for (const NamedDependency& dependency : settings.depends_on) {
      app.depends_on.push_back({index_of(settings_, dependency.app), dependency.awaited});
    }
    return app;
  }

  // Options win over what the app says, and that over what the manifest says of all.
  [[nodiscard]] OutputPolicy output_of(const OutputSettings& own) const {
    OutputPolicy output = output_;
    lay_over(output, own);
    lay_over(output, options_.output);
    return output;
  }

  LogFiles written_files(const AppSettings& settings, const App& app) {
    LogFiles files = log_files_of(settings, app, os::absolute_path(app.process.directory));
    if (!files.any() || app.output.format != LogFormat::raw) return files;
    remark(Level::warn, "without-effect",
           concat(app.name, ": with --log raw nothing is appended to its files"));
    return {};
  }

  std::string user_name_of(const AppSettings& settings) const {
    const std::string& chosen = options_.identity.user;
    const std::string& wanted = chosen.empty() ? settings.user : chosen;
    if (!wanted.empty()) return wanted.substr(0, wanted.find(':'));
    const unsigned own = os::own_user();
    return own == 0 ? "root" : std::to_string(own);
  }

  void count_instances(const AppSettings& settings, App& app) {
    std::string& how = resolved_.reckonings.back().instances = "one, where nothing is said";
    if (!settings.instances) return;
    using enum InstanceCount::Kind;
    const unsigned processors = runtime::container_processors();
    const unsigned amount = settings.instances->amount;
    app.instances = instances_of(*settings.instances, processors);
    switch (settings.instances->kind) {
      case number:
        how = "as written";
        break;
      case all_but:
        how = amount == 0 ? "all of " : concat("all but ", amount, " of ");
        how += usable_processors_text(processors);
        break;
      case percent:
        how = concat(amount, "% of ", usable_processors_text(processors));
        break;
    }
  }

  void decide_clustering(const AppSettings& settings, App& app) {
    Clustering clustering = clustering_of(settings, app, os::absolute_path(app.process.directory));
    app.is_clustered = clustering.is_clustered;
    if (clustering.problem && is_whole(settings))
      problems_.push_back(std::move(*clustering.problem));
    if (clustering.remark.empty()) return;
    remark(Level::warn, "without-effect", std::move(clustering.remark));
  }

  // Bun shares ports by itself, and says in a way of its own that it listens.
  void join_cluster(const AppSettings& settings, App& app) {
    if (settings.ipc == false) {
      refuse(settings, "ipc", "false", "leaves no channel, which workers of a cluster need",
             R"(leave it out, or "exec_mode": "fork")");
    }
    app.process.has_channel = true;
    app.cluster.has_preload = app.cluster.has_preload && !runs_bun(settings);
    const bool says_when = settings.ready || settings.wait_ready;
    if (!says_when && !runs_bun(settings)) app.life.ready_by = ByListening{};
  }

  void check_zone(const AppSettings& settings) {
    const std::string zone = os::missing_zone();
    if (zone.empty()) return;
    refuse(settings, "cron_restart", concat("TZ=", zone),
           "is a time zone that the container does not know",
           "install tzdata, or leave TZ out for UTC");
  }

  // "2 processors (8 that it may run on, a quota of 2)"
  static std::string usable_processors_text(unsigned count) {
    const auto quota = runtime::container_processor_quota();
    return concat(count, count == 1 ? " processor (" : " processors (", os::usable_processors(),
                  " that it may run on, ", quota ? concat("a quota of ", *quota) : "no quota", ")");
  }

  void limit_memory(const AppSettings& settings, App& app) {
    if (!settings.memory_ceiling) return;
    const auto [kind, amount] = *settings.memory_ceiling;
    std::string& how = resolved_.reckonings.back().memory_ceiling = "as written";
    if (kind == MemoryCeiling::Kind::bytes) {
      app.memory_ceiling = amount;
      return;
    }
    const auto limit = runtime::container_memory_limit();
    if (!limit) {
      return refuse(settings, "max_memory_restart", concat('"', amount, "%\""),
                    "is a part of the container's memory limit, and there is none",
                    "docker run --memory 1g, or an amount such as \"300M\"");
    }
    app.whole_memory_ceiling = *limit / 100 * amount;
    divide_memory_ceiling(app);
    how = concat(amount, "% of the container's ", *limit, " bytes");
    if (app.instances > 1) append(how, ", divided by ", app.instances);
  }

  ProcessSettings process_of(AppSettings& settings) {
    ProcessSettings process;
    process.directory = options_.cwd.empty() ? settings.cwd : options_.cwd;
    const std::string folder = os::absolute_path(process.directory);
    Environment& environment = process.environment;
    environment = inherited_environment(settings, process.directory.empty() ? "" : folder);
    apply_user(settings, process);
    set_variables(settings, options_, folder, environment, problems_);
    const std::string_view search_path = value_or(environment.find("PATH"), os::kDefaultPath);
    const std::string_view home = value_or(environment.find("HOME"), {});
    find_interpreter(settings, folder, search_path, home);
    process.arguments = command_of(settings, folder, search_path, home);
    check_interpreter_arguments(settings, process.arguments);
    note_missing(settings, process,
                 missing_words(settings, process.arguments, folder, search_path));
    if (runs_python(process.arguments) && environment.find("PYTHONUNBUFFERED") == nullptr) {
      environment.set("PYTHONUNBUFFERED", "1");  // else a pipe gets its lines late, or never
    }
    process.place = ProcessPlace::session;
    process.reads_nothing = true;
    const bool speaks = waits_for_message(settings) || settings.shutdown_with_message ||
                        runs_node(process.arguments);
    process.has_channel = settings.ipc.value_or(speaks);
    process.sockets = settings.sockets;
    process.no_new_privileges = settings.no_new_privileges || options_.no_new_privs;
    process.umask = options_.umask ? options_.umask : settings.umask;
    process.niceness = options_.nice ? options_.nice : settings.niceness;
    process.oom_score_adjustment =
        options_.oom_score_adj ? options_.oom_score_adj : settings.oom_score_adjustment;
    process.limits = options_.limits.empty() ? settings.limits : options_.limits;
    process.processors = options_.cpus.empty() ? settings.processors : options_.cpus;
    process.parent_death_signal = options_.parent_death_signal;
    return process;
  }

  void note_missing(const AppSettings& settings, ProcessSettings& process,
                    const std::string& what) {
    if (what.empty() || !is_whole(settings)) return;
    const bool may_be_made = settings.pre_start.has_value();
    if (!may_be_made) resolved_.missing.push_back(concat(settings.name, ": ", what));
    const bool was_looked_for = !settings.script.empty() && !settings.script.contains('/');
    if (was_looked_for) process.if_missing = what;  // in more than one place
  }

  void check_interpreter_arguments(const AppSettings& settings,
                                   const std::vector<std::string>& command) {
    // A script that is a whole command line has none.
    const bool is_taken = takes_interpreter_arguments(settings) &&
                          !std::ranges::search(command, settings.interpreter_arguments).empty();
    if (settings.interpreter_arguments.empty() || is_taken) return;
    constexpr std::string_view kAdvice = "write \"interpreter\" too, or put them into args";
    if (!is_whole(settings)) return;
    if (!settings.command.empty()) {
      return refuse(settings, "interpreter_args", {},
                    "are for an interpreter, and command has none", kAdvice);
    }
    remark(Level::warn, "without-effect",
           concat(settings.name, ": interpreter_args are for an interpreter, and there is none; ",
                  kAdvice));
  }

  void apply_user(const AppSettings& settings, ProcessSettings& process) {
    IdentityOptions wanted = options_.identity;
    if (wanted.user.empty()) wanted.user = user_and_group(settings.user, settings.group);
    if (!wanted.groups) wanted.groups = settings.groups;
    if (settings.capabilities && !wanted.changes_capabilities())
      choose_capabilities(settings, wanted);
    if (auto applied = apply_identity(wanted, process); !applied) {
      const std::string& sentence = applied.error().sentence;
      const bool is_unknown = sentence.starts_with("cannot find");
      const char* const advice = is_unknown ? "add it to the image, or write its number" : "";
      const bool is_of_option =
          !options_.identity.user.empty() || options_.identity.changes_capabilities();
      if (is_of_option) return refuse_option(options_.identity, sentence, advice);
      refuse(settings, key_of_identity(settings, sentence), {}, sentence, advice);
    }
  }

  // Once, whatever number of apps it is about.
  void refuse_option(const IdentityOptions& identity, const std::string& sentence,
                     const std::string& advice) {
    const std::string_view option = identity.user.empty() ? kCapabilityOptions : kUserOption;
    if (std::exchange(has_refused_option_, true)) return;
    problems_.push_back({{}, {}, {}, sentence, advice, std::string(option)});
  }

  void choose_capabilities(const AppSettings& settings, IdentityOptions& wanted) {
    const CapabilityNames& names = *settings.capabilities;
    if (names.keep) wanted.caps_keep = bits_of(settings, "capabilities.keep", *names.keep);
    wanted.caps_ambient = bits_of(settings, "capabilities.ambient", names.ambient);
    wanted.caps_drop = bits_of(settings, "capabilities.drop", names.drop);
    wanted.caps_drop_all = names.drops_all;
  }

  std::uint64_t bits_of(const AppSettings& settings, std::string_view key,
                        const std::vector<std::string>& names) {
    std::uint64_t bits = 0;
    for (const std::string& name : names) {
      const auto parsed = parse_capabilities(name);
      if (!parsed) refuse(settings, key, concat('"', name, '"'), parsed.error());
      bits |= parsed.value_or(0);
    }
    return bits;
  }

  // Which of the keys the sentence is about.
  static std::string_view key_of_identity(const AppSettings& settings, std::string_view sentence) {
    if (sentence.contains("capabilit")) return "capabilities";
    if (!sentence.contains("group")) return "user";
    const bool names_group =
        !settings.group.empty() && sentence.contains(concat('"', settings.group, '"'));
    if (names_group || settings.user.empty()) return "group";
    return settings.groups ? "groups" : "user";
  }

  const ManifestSettings& settings_;
  const Options& options_;
  OutputPolicy output_;  // of an app that says nothing of it
  Resolved resolved_;
  Problems problems_;
  bool has_refused_option_ = false;
};

}  // namespace

bool is_option_of_identity(std::string_view file) noexcept {
  return file == kUserOption || file == kCapabilityOptions;
}

unsigned instances_of(const InstanceCount& count, unsigned processors) noexcept {
  switch (count.kind) {
    case InstanceCount::Kind::number:
      return count.amount;
    case InstanceCount::Kind::all_but:
      return processors - std::min(processors - 1, count.amount);
    case InstanceCount::Kind::percent:
      return std::max(1U, (processors * count.amount + 99) / 100);
  }
  return 1;
}

std::vector<runtime::Remark> remarks_of(const Resolved& resolved) {
  std::vector<runtime::Remark> remarks = resolved.remarks;
  const auto add = [&remarks](Level level, std::string_view event, std::string text,
                              const std::vector<std::string>& keys) {
    if (keys.empty()) return;
    for (const std::string& key : keys) append(text, &key == keys.data() ? "" : ", ", key);
    remarks.push_back({level, event, std::move(text), true});
  };
  add(Level::info, "ignored", "mean nothing in a container: ", resolved.ignored);
  add(Level::warn, "without-effect", "have no effect in this version: ", resolved.without_effect);
  add(Level::warn, "ignored", "count in the first manifest only: ", resolved.overruled);
  return remarks;
}

std::expected<Resolved, Problems> resolve(const ManifestSettings& settings, const Options& options,
                                          const OutputPolicy& output) {
  return Resolution(settings, options, output).run();
}

}  // namespace pmx::cli
