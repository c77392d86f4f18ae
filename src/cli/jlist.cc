#include "cli/jlist.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cli/app_name.h"
#include "codec/json_writer.h"
#include "os/file.h"

namespace pmx::cli {
namespace {

std::string_view text_of(const Node& instance, std::string_view key) {
  const Node::Member* const member = instance.find(key);
  const std::string* const text = member == nullptr ? nullptr : member->value.text();
  return text == nullptr ? std::string_view{} : std::string_view(*text);
}

// 0 where there is none: pm2's pid of who has no process.
std::int64_t number_of(const Node& instance, std::string_view key) {
  const Node::Member* const member = instance.find(key);
  const auto* const number =
      member == nullptr ? nullptr : std::get_if<std::int64_t>(&member->value.value);
  return number == nullptr ? 0 : *number;
}

const Node::List& list_of(const Node& instance, std::string_view key) {
  static const Node::List none;
  const Node::Member* const member = instance.find(key);
  const Node::List* const list = member == nullptr ? nullptr : member->value.list();
  return list == nullptr ? none : *list;
}

std::vector<std::string> words_of(const Node& instance, std::string_view key) {
  std::vector<std::string> words;
  for (const Node& word : list_of(instance, key)) {
    if (word.text() != nullptr) words.push_back(*word.text());
  }
  return words;
}

// The command as pm2 tells it: an interpreter with its options, a script, what that is given.
void write_command(JsonWriter& json, const Node& instance) {
  const std::vector<std::string> command = words_of(instance, "command");
  if (command.empty()) return;
  const std::string_view folder = text_of(instance, "cwd");
  const std::size_t script = script_of(command);
  const bool is_file = script > 0 || command.front().contains('/');
  const std::span words(command);
  json.member("exec_interpreter", script > 0 ? std::string_view(command.front()) : "none");
  json.member("pm_exec_path", is_file ? os::path_from(folder, command[script]) : command.front());
  json.member("node_args", words.subspan(1, script > 0 ? script - 1 : 0));
  json.member("args", words.subspan(script + 1));
  json.member("pm_cwd", folder);
}

// pm2's word for no file is that.
std::string_view file_of(const Node& instance, std::string_view key) {
  const std::string_view own = text_of(instance, key);
  const std::string_view path = own.empty() ? text_of(instance, "log_file") : own;
  return path.empty() ? "/dev/null" : path;
}

void write_told(JsonWriter& json, const Node& instance) {
  json.key("axm_monitor").begin_object();
  const Node::Member* const metrics = instance.find("metrics");
  const Node::Map* const map = metrics == nullptr ? nullptr : metrics->value.map();
  for (const Node::Member& metric : map == nullptr ? Node::Map{} : *map) {
    json.key(metric.key).begin_object();
    for (const Node::Member& member : metric.value.map() ? *metric.value.map() : Node::Map{}) {
      const std::string* const text = member.value.text();
      json.key(member.key);
      text != nullptr ? json.value(*text) : json.literal(shown(member.value));
    }
    json.end_object();
  }
  json.end_object().key("axm_actions").begin_array();
  for (const std::string& action : words_of(instance, "actions")) {
    json.begin_object().member("action_name", action).end_object();
  }
  json.end_array();
}

void write_environment(JsonWriter& json, const Node& instance) {
  const bool is_cluster = text_of(instance, "mode") == "cluster";
  const std::string_view version = text_of(instance, "version");
  json.begin_object();
  json.member("name", text_of(instance, "name"));
  json.member("namespace", text_of(instance, "namespace"));
  json.member("version", version.empty() ? "N/A" : version);
  json.member("status", text_of(instance, "status"));
  json.member("exec_mode", is_cluster ? "cluster_mode" : "fork_mode");
  json.member("instances", number_of(instance, "instances"));
  json.member("created_at", number_of(instance, "created_at_ms"));
  json.member("pm_uptime", number_of(instance, "started_at_ms"));
  json.member("restart_time", number_of(instance, "restarts"));
  json.member("unstable_restarts", number_of(instance, "unstable_restarts"));
  json.member("exit_code", number_of(instance, "exit_code"));
  json.member("pm_id", number_of(instance, "id"));
  json.member("NODE_APP_INSTANCE", number_of(instance, "instance"));
  write_command(json, instance);
  json.member("pm_out_log_path", file_of(instance, "out_file"));
  json.member("pm_err_log_path", file_of(instance, "error_file"));
  json.member("username", text_of(instance, "user"));
  json.member("autorestart", text_of(instance, "restart") != "never");
  json.member("watch", false);
  write_told(json, instance);
  json.end_object();
}

}  // namespace

std::string jlist_of(const Node::List& instances) {
  JsonWriter json;
  json.begin_array();
  for (const Node& instance : instances) {
    json.begin_object();
    json.member("pid", number_of(instance, "pid"));
    json.member("name", text_of(instance, "name"));
    json.member("pm_id", number_of(instance, "id"));
    json.key("monit").begin_object();
    json.member("memory", number_of(instance, "memory_bytes"));
    json.member("cpu", number_of(instance, "cpu_percent"));
    json.end_object();
    json.key("pm2_env");
    write_environment(json, instance);
    json.end_object();
  }
  json.end_array();
  return std::move(json).text();
}

}  // namespace pmx::cli
