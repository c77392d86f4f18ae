#include "codec/app_keys.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "base/text.h"
#include "codec/app_reading.h"
#include "codec/cluster_reading.h"
#include "codec/log_reading.h"
#include "codec/probe_reading.h"
#include "codec/rights_reading.h"
#include "codec/socket_reading.h"

namespace pmx {
namespace {

using Reading = ManifestReading;
using Settings = AppSettings;

template <auto kMember, auto kRead>
void value(Reading& reading, const Node& node, Settings& app) {
  if (auto value = (reading.*kRead)(node)) app.*kMember = std::move(*value);
}
template <auto kMember, std::int64_t kLeast, std::int64_t kMost>
void number(Reading& reading, const Node& node, Settings& app) {
  if (const auto value = reading.number(node, kLeast, kMost)) {
    app.*kMember = static_cast<std::remove_reference_t<decltype(*(app.*kMember))>>(*value);
  }
}

template <auto kMember>
void hook(Reading& reading, const Node& node, Settings& app) {
  if (auto hook = read_hook(reading, node)) app.*kMember = std::move(*hook);
}

// Empty is as good as not written: "process.env.X || ''".
template <auto kMember>
void text_if_any(Reading& reading, const Node& node, Settings& app) {
  if (auto text = reading.text(node); text && !text->empty()) app.*kMember = std::move(*text);
}

// A path, or false for none.
template <auto kMember>
void log_file(Reading& reading, const Node& node, Settings& app) {
  if (const auto* const flag = std::get_if<bool>(&node.value); flag != nullptr && !*flag) return;
  text_if_any<kMember>(reading, node, app);
}

constexpr AppKey used(std::string_view name, decltype(AppKey::read) read,
                      std::string_view aliases = {}) {
  return {name, aliases, AppKey::Use::used, read};
}
constexpr AppKey ignored(std::string_view name, std::string_view aliases = {}) {
  return {name, aliases, AppKey::Use::ignored, nullptr};
}
constexpr AppKey silent(std::string_view name) { return {name, {}, AppKey::Use::silent, nullptr}; }
constexpr AppKey without_effect(std::string_view name, decltype(AppKey::read) read,
                                std::string_view aliases = {}) {
  return {name, aliases, AppKey::Use::without_effect, read};
}
constexpr AppKey later(std::string_view name, std::string_view aliases = {}) {
  return {name, aliases, AppKey::Use::later, nullptr};
}

constexpr auto kAppKeys = std::to_array<AppKey>({
    used("name", value<&Settings::name, &Reading::filled_text>),
    used("namespace", value<&Settings::name_space, &Reading::filled_text>),
    used("version", value<&Settings::version, &Reading::filled_text>),
    used("script", read_script, "exec cmd"),
    used("command", read_command),
    used("args", value<&Settings::arguments, &Reading::words>),
    used("interpreter", text_if_any<&Settings::interpreter>, "exec_interpreter"),
    used("interpreter_args", value<&Settings::interpreter_arguments, &Reading::words>, "node_args"),
    used("cwd", text_if_any<&Settings::cwd>),
    used("exec_mode", read_exec_mode),
    used("instances", read_instances),
    used("balance", read_balance),
    used("drain_timeout", read_drain_timeout),
    used("parallel", read_parallel),
    used("preload", read_preload),
    used("instance_var", value<&Settings::instance_variable, &Reading::filled_text>),
    used("increment_var", value<&Settings::increment_variable, &Reading::filled_text>),
    used("env", read_env),
    used("env_file", value<&Settings::env_files, &Reading::texts>),
    used("filter_env", read_filter_env),
    used("port", number<&Settings::port, 0, 65'535>),
    used("append_env_to_name", value<&Settings::append_env_to_name, &Reading::flag>),
    used("autostart", value<&Settings::autostart, &Reading::flag>),
    used("autorestart", read_autorestart),
    used("stop_exit_codes", read_stop_exit_codes),
    used("min_uptime", value<&Settings::min_uptime, &Reading::duration>),
    used("max_restarts", read_max_restarts),
    used("restart_delay", value<&Settings::restart_delay, &Reading::duration>),
    used("exp_backoff_restart_delay", value<&Settings::backoff, &Reading::duration>),
    used("max_memory_restart", read_memory_ceiling),
    used("cron_restart", read_cron_restart, "cron"),
    used("stop_signal", read_stop_signal, "kill_signal"),
    used("kill_timeout", value<&Settings::kill_timeout, &Reading::duration>),
    used("shutdown_with_message", value<&Settings::shutdown_with_message, &Reading::flag>),
    used("treekill", value<&Settings::treekill, &Reading::flag>),
    used("wait_ready", value<&Settings::wait_ready, &Reading::flag>),
    used("listen_timeout", value<&Settings::listen_timeout, &Reading::duration>),
    used("ready", read_ready),
    used("health", read_health),
    used("watchdog", read_watchdog),
    used("pre_start", hook<&Settings::pre_start>),
    used("post_stop", hook<&Settings::post_stop>),
    used("depends_on", read_depends_on),
    used("critical", value<&Settings::critical, &Reading::flag>),
    used("sockets", read_sockets),
    used("ipc", value<&Settings::ipc, &Reading::flag>),
    used("user", value<&Settings::user, &Reading::text_or_number>, "uid"),
    used("group", value<&Settings::group, &Reading::text_or_number>, "gid"),
    used("groups", value<&Settings::groups, &Reading::texts>),
    used("no_new_privs", value<&Settings::no_new_privileges, &Reading::flag>),
    used("umask", read_umask),
    used("nice", number<&Settings::niceness, -20, 19>),
    used("oom_score_adj", number<&Settings::oom_score_adjustment, -1'000, 1'000>),
    used("cpus", read_processors),
    used("log", read_app_log),
    used("out_file", log_file<&Settings::out_file>, "out output out_log"),
    used("error_file", log_file<&Settings::error_file>, "error err err_file err_log"),
    used("log_file", read_log_file),
    used("merge_logs", value<&Settings::merge_logs, &Reading::flag>, "combine_logs"),
    used("capabilities", read_capabilities),
    used("rlimits", read_limits),

    without_effect("watch", read_watch),

    later("http"),

    ignored("automation"),
    ignored("deep_monitoring"),
    ignored("disable_logs"),
    ignored("disable_source_map_support"),
    ignored("disable_trace"),
    ignored("event_loop_inspector"),
    ignored("execute_command"),
    ignored("force"),
    silent("ignore_watch"),
    ignored("install_url"),
    ignored("io"),
    ignored("kill_retry_time"),
    ignored("log_date_format"),
    ignored("log_type"),
    ignored("name_prefix"),
    ignored("pid_file", "pid"),
    ignored("pmx"),
    ignored("post_update"),
    ignored("source_map_support"),
    ignored("time"),
    ignored("trace"),
    ignored("username"),
    ignored("v8"),
    ignored("vizion"),
    silent("watch_delay"),
    silent("watch_options"),
    ignored("windows_hide"),
    ignored("write"),
});

bool is_called(const AppKey& key, std::string_view name) {
  return key.name == name || is_among(name, key.aliases);
}

}  // namespace

std::span<const AppKey> app_keys() noexcept { return kAppKeys; }

std::string in_snake_case(std::string_view name) {
  std::string out;
  for (const char letter : name) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::isupper(byte) != 0 && !out.empty()) out += '_';
    out += static_cast<char>(std::tolower(byte));
  }
  return out;
}

const AppKey* find_app_key(std::string_view written) {
  if (written.empty()) return nullptr;
  const std::string snake = in_snake_case(written);
  const auto key = std::ranges::find_if(kAppKeys, [&](const AppKey& row) {
    return is_called(row, written) || is_called(row, snake);
  });
  return key == kAppKeys.end() ? nullptr : &*key;
}

}  // namespace pmx
