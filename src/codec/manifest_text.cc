#include "codec/manifest_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "base/concat.h"
#include "base/level.h"
#include "base/named.h"
#include "base/signals.h"
#include "base/text.h"
#include "codec/json_writer.h"

namespace pmx {
namespace {

std::string_view name_in(std::string_view variable) noexcept {
  return variable.substr(0, variable.find('='));
}

// So that `fill_in` gives the text back as it is: "$" is the default of what nobody sets.
std::string unfilled(std::string_view text) {
  std::string all;
  while (true) {
    const std::size_t begin = text.find("${");
    all += text.substr(0, begin);
    if (begin == text.npos) return all;
    all += "${PMX_DOLLAR:-$}";
    text.remove_prefix(begin + 1);
  }
}

// The variables of one app.
class Variables {
 public:
  Variables(const App& app, const char* const* inherited)
      : app_(app), environment_(app.process.environment), inherited_(inherited) {}

  void write(JsonWriter& json) const {
    write_filter(json);
    write_files(json);
    json.key("env").begin_object();
    for (auto variable = environment_.data(); *variable != nullptr; ++variable) {
      if (!is_inherited(*variable)) write_one(*variable, json);
    }
    // Behind what they are filled in from.
    for (const auto& [name, origin] : environment_.hidden()) {
      if (origin.kind == VariableOrigin::Kind::filled_in) json.member(name, origin.text);
    }
    json.end_object();
  }

 private:
  [[nodiscard]] bool is_inherited(const char* variable) const noexcept {
    for (auto one = inherited_; *one != nullptr; ++one) {
      if (*one == variable) return true;
    }
    return false;
  }

  void write_one(std::string_view variable, JsonWriter& json) const {
    const std::string_view name = name_in(variable);
    const std::string_view value = variable.substr(std::min(name.size() + 1, variable.size()));
    const bool is_ours = name == "PMX_CONTROL" || (name == "name" && value == app_.name);
    if (is_ours) return;
    const VariableOrigin* const origin = environment_.origin_of(name);
    if (origin == nullptr) {
      json.member(name, unfilled(value));
    } else if (origin->kind == VariableOrigin::Kind::file) {
      json.key(name).begin_object().member("file", origin->text).end_object();
    }
  }

  void write_files(JsonWriter& json) const {
    std::vector<std::string_view> files;
    for (const auto& [name, origin] : environment_.hidden()) {
      const bool is_new = std::ranges::find(files, origin.text) == files.end();
      const bool is_of_file = origin.kind == VariableOrigin::Kind::env_file ||
                              origin.kind == VariableOrigin::Kind::evaluated;
      if (is_of_file && is_new) files.push_back(origin.text);
    }
    if (files.empty()) return;
    json.key("env_file").begin_array();
    for (const std::string_view file : files) json.value(file);
    json.end_array();
  }

  // What is inherited and not there. A single text means this name, a list all that contain one of
  // its texts: each of those has been left out by such a list.
  void write_filter(JsonWriter& json) const {
    std::vector<std::string_view> missing;
    bool has_some = false;
    for (auto variable = inherited_; *variable != nullptr; ++variable) {
      const std::string_view name = name_in(*variable);
      if (std::ranges::find(kNeverInherited, name) != kNeverInherited.end()) continue;
      const bool is_there = environment_.find(name) != nullptr;
      if (!is_there) missing.push_back(name);
      has_some = has_some || is_there;
    }
    if (missing.empty()) return;
    json.key("filter_env");
    if (!has_some) {
      json.value(true);
    } else if (missing.size() == 1) {
      json.value(missing.front());
    } else {
      json.begin_array();
      for (const std::string_view name : missing) json.value(name);
      json.end_array();
    }
  }

  const App& app_;
  const Environment& environment_;
  const char* const* inherited_;
};

void write_time(std::string_view key, std::optional<Duration> time, JsonWriter& json) {
  if (time) json.member(key, time->count());
}

std::string text_of(const Endpoints& endpoints) {
  const Endpoint& endpoint = *endpoints.begin();
  const std::string port = concat(":", endpoint.port);
  if (endpoints.size() > 1) return concat("localhost", port);
  const auto& bytes = endpoint.address;
  std::string text;
  if (endpoint.family == Endpoint::Family::v4) {
    for (std::size_t i = 0; i < 4; ++i) append(text, i == 0 ? "" : ".", bytes[i]);
    return text + port;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0 && i % 2 == 0) text += ':';
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 15U];
  }
  return concat("[", text, "]", port);
}

struct ProbeMembers {
  JsonWriter& json;

  void operator()(const TcpProbe& probe) const { json.member("tcp", text_of(probe.endpoints)); }
  void operator()(const HttpProbe& probe) const {
    const auto& [endpoints, authority, path] = probe;
    json.member("http", concat("http://", authority, path));
  }
  void operator()(const ExecProbe& probe) const { json.member("exec", probe.command); }

  void operator()(const ByExec&) const {}
  void operator()(const ByMessage&) const { json.member("message", true); }
  void operator()(const ByListening&) const { json.member("listening", true); }
  void operator()(const ByNotify&) const { json.member("notify", true); }
  void operator()(const ByDelay& by) const { json.member("delay", by.delay.count()); }
  void operator()(const Probe& probe) const {
    const auto& [target, interval, timeout] = probe;
    std::visit(*this, target);
    json.member("interval", interval.count()).member("timeout", timeout.count());
  }
};

void write_restart(Restart restart, JsonWriter& json) {
  json.key("autorestart");
  restart == Restart::on_failure ? json.value("on-failure")
                                 : json.value(restart == Restart::always);
}

void write_hook(std::string_view key, const std::optional<Hook>& hook, JsonWriter& json) {
  if (!hook) return;
  const auto& [command, timeout] = *hook;
  json.key(key).begin_object();
  json.member("command", command);
  json.member("timeout", timeout.count()).end_object();
}

// Here and below each member is named, so that one that is new is not forgotten.
void write_life(const LifePolicy& life, JsonWriter& json) {
  const auto& [restart, stop_exit_codes, min_uptime, max_restarts, restart_delay, backoff,
               stop_signal, stops_by_message, kill_timeout, clears_tree, ready_by, listen_timeout,
               health, watchdog, pre_start, post_stop] = life;
  write_restart(restart, json);
  if (stop_exit_codes.any()) {
    json.key("stop_exit_codes").begin_array();
    for (std::size_t code = 0; code < stop_exit_codes.size(); ++code) {
      if (stop_exit_codes[code]) json.value(code);
    }
    json.end_array();
  }
  write_time("min_uptime", min_uptime, json);
  json.key("max_restarts");
  max_restarts ? json.value(*max_restarts) : json.value("unlimited");
  write_time("restart_delay", restart_delay, json);
  write_time("exp_backoff_restart_delay", backoff, json);
  json.member("stop_signal", signal_name(stop_signal));
  json.member("shutdown_with_message", stops_by_message);
  write_time("kill_timeout", kill_timeout, json);
  json.member("treekill", clears_tree);
  if (waits_for_ready(ready_by)) {
    json.key("ready").begin_object();
    std::visit(ProbeMembers{json}, ready_by);
    json.end_object();
  }
  write_time("listen_timeout", listen_timeout, json);
  if (health) {
    const auto& [probe, retries, start_period] = *health;
    json.key("health").begin_object();
    ProbeMembers{json}(probe);
    json.member("retries", retries).member("start_period", start_period.count()).end_object();
  }
  write_time("watchdog", watchdog, json);
  write_hook("pre_start", pre_start, json);
  write_hook("post_stop", post_stop, json);
}

std::string octal(unsigned mask) {
  std::string digits;
  for (unsigned shift = 9; shift > 0; shift -= 3) {
    digits += static_cast<char>('0' + (mask >> (shift - 3) & 7U));
  }
  return digits;
}

void write_identity(const App& app, JsonWriter& json) {
  const ProcessSettings& process = app.process;
  if (process.user) json.member("user", app.user_name);
  if (process.group) json.member("group", *process.group);
  if (!process.groups) return;
  json.key("groups").begin_array();
  for (const unsigned group : *process.groups) json.value(group);
  json.end_array();
}

void write_sockets(const std::vector<ListeningSocket>& sockets, JsonWriter& json) {
  if (sockets.empty()) return;
  json.key("sockets").begin_array();
  for (const auto& [text, name, address, is_any_address, backlog] : sockets) {
    json.begin_object().member("listen", text);
    if (!name.empty()) json.member("name", name);
    json.member("backlog", backlog).end_object();
  }
  json.end_array();
}

void write_limits(const std::vector<ResourceLimit>& limits, JsonWriter& json) {
  if (limits.empty()) return;
  const auto text_of = [](std::uint64_t limit) {
    const bool is_one = limit != std::numeric_limits<std::uint64_t>::max();
    return is_one ? std::to_string(limit) : std::string("unlimited");
  };
  json.key("rlimits").begin_object();
  for (const auto& [resource, soft, hard] : limits) {
    json.member(name_of(kResources, resource), concat(text_of(soft), ":", text_of(hard)));
  }
  json.end_object();
}

void write_capabilities(const CapabilitySets& sets, CapabilityName name, JsonWriter& json) {
  const auto write = [&](std::string_view key, std::uint64_t set) {
    json.key(key).begin_array();
    for (unsigned n = 0; n < 64; ++n) {
      if ((set >> n & 1U) != 0) json.value(name(n));
    }
    json.end_array();
  };
  json.key("capabilities").begin_object();
  write("keep", sets.bounding);
  write("ambient", sets.ambient);
  json.end_object();
}

// What an app may say of its output, then what is the same for all.
void write_output_of_app(const OutputPolicy& output, JsonWriter& json) {
  const auto& [format, schema, json_lines, multiline_stdout, multiline_stderr, level_stdout,
               level_stderr, on_full, max_record, strip_ansi, colour, flush_timeout] = output;
  json.member("json_lines", name_of(kJsonLines, json_lines));
  json.member("on_full", name_of(kOnFulls, on_full));
  json.member("max_record", max_record).member("strip_ansi", strip_ansi);
  const auto write = [&json](std::string_view stream, Level level, Multiline multiline) {
    json.key(stream).begin_object().member("level", name_of(kLevels, level));
    json.member("multiline", name_of(kMultilines, multiline)).end_object();
  };
  write("stdout", level_stdout, multiline_stdout);
  write("stderr", level_stderr, multiline_stderr);
}
void write_log_files(const LogFiles& files, JsonWriter& json) {
  const auto& [out, error, both, are_shared] = files;
  if (!out.empty()) json.member("out_file", out);
  if (!error.empty()) json.member("error_file", error);
  if (!both.empty()) json.member("log_file", both);
  if (files.any()) json.member("merge_logs", are_shared);
}
void write_output(const OutputPolicy& output, JsonWriter& json) {
  json.key("log").begin_object().member("format", name_of(kLogFormats, output.format));
  json.member("schema", name_of(kLogSchemas, output.schema));
  json.member("flush_timeout", output.flush_timeout.count()).end_object();
}

// Those that do something else than they would if nobody had said anything.
void write_signals(const SignalPolicy& policy, JsonWriter& json) {
  const SignalPolicy usual = supervise();
  json.key("signals").begin_object();
  for (int n = 1; n <= kSignalCount; ++n) {
    const SignalNumber signal{n};
    const SignalMeaning meaning = meaning_of(policy, signal);
    if (meaning == meaning_of(usual, signal)) continue;
    json.member(signal_name(signal), name_of(kSignalMeanings, meaning));
  }
  json.end_object();
}

// The place, stdin, ignored signals and the signal at our end are those of every manifest, or what
// options say.
void write_process(const App& app, CapabilityName capability_name, JsonWriter& json) {
  const auto& [arguments, environment, if_missing, directory, place, reads_nothing, has_channel,
               sockets, user, group, groups, capabilities, no_new_privileges, keeps_ignored_signals,
               umask, niceness, oom_score_adjustment, limits, processors, parent_death_signal] =
      app.process;
  json.member("command", arguments);
  if (!directory.empty()) json.member("cwd", directory);
  json.member("ipc", has_channel);
  write_sockets(sockets, json);
  write_identity(app, json);
  json.member("no_new_privs", no_new_privileges);
  if (capabilities) write_capabilities(*capabilities, capability_name, json);
  write_limits(limits, json);
  if (umask) json.member("umask", octal(*umask));
  if (niceness) json.member("nice", *niceness);
  if (oom_score_adjustment) json.member("oom_score_adj", *oom_score_adjustment);
  if (processors.empty()) return;
  std::string list;
  for (const unsigned processor : processors) {
    append(list, list.empty() ? "" : ",", processor);
  }
  json.member("cpus", list);
}

void write_cluster(const ClusterPolicy& cluster, JsonWriter& json) {
  const auto& [balance, drain_timeout, parallel, has_preload] = cluster;
  json.member("balance", name_of(kBalances, balance));
  write_time("drain_timeout", drain_timeout, json);
  json.member("parallel", parallel).member("preload", has_preload);
}

void write_app(const std::vector<App>& apps, const App& app, const char* const* inherited,
               CapabilityName capability_name, JsonWriter& json) {
  const auto& [name, name_space, version, user_name, process, life, output, log_files, instances,
               instance_variable, increment_variable, is_clustered, cluster, starts_by_itself,
               is_critical, depends_on, memory_ceiling, whole_memory_ceiling, cron, restarts_at] =
      app;
  json.begin_object().member("name", name).member("namespace", name_space);
  if (!version.empty()) json.member("version", version);
  write_process(app, capability_name, json);
  json.member("exec_mode", is_clustered ? "cluster" : "fork").member("instances", instances);
  write_cluster(cluster, json);
  if (!instance_variable.empty()) json.member("instance_var", instance_variable);
  if (!increment_variable.empty()) json.member("increment_var", increment_variable);
  Variables(app, inherited).write(json);
  json.member("autostart", starts_by_itself).member("critical", is_critical);
  json.key("depends_on").begin_object();
  for (const Dependency& dependency : depends_on) {
    json.member(apps[dependency.app].name, name_of(kAwaited, dependency.awaited));
  }
  json.end_object();
  write_life(life, json);
  if (memory_ceiling) json.member("max_memory_restart", *memory_ceiling);
  if (restarts_at) json.member("cron_restart", cron);
  write_log_files(log_files, json);
  json.key("log").begin_object();
  write_output_of_app(output, json);
  json.end_object().end_object();
}

}  // namespace

std::string manifest_text(const Manifest& manifest, const std::vector<App>& apps,
                          const char* const* inherited, CapabilityName capability_name) {
  JsonWriter json;
  json.begin_object().key("apps").begin_array();
  for (const App& app : apps) write_app(apps, app, inherited, capability_name, json);
  json.end_array().member("exit_when", name_of(kExitWhen, manifest.end.exit_when));
  json.member("stop_timeout", manifest.end.stop_timeout.count());
  json.member("drain_delay", manifest.end.drain_delay.count());
  write_signals(manifest.signals, json);
  write_output(manifest.log, json);
  json.end_object();
  return std::move(json).text();
}

}  // namespace pmx
