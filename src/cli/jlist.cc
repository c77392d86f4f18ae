#include "cli/jlist.h"

#include <string_view>
#include <utility>
#include <variant>

#include "codec/json_writer.h"

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

void write_texts(JsonWriter& json, const Node::List& words, std::size_t first) {
  json.begin_array();
  for (std::size_t i = first; i < words.size(); ++i) {
    if (const std::string* const word = words[i].text()) json.value(*word);
  }
  json.end_array();
}

void write_environment(JsonWriter& json, const Node& instance, std::int64_t now_ms) {
  const Node::List& command = list_of(instance, "command");
  const bool is_cluster = text_of(instance, "mode") == "cluster";
  const std::string_view version = text_of(instance, "version");
  json.begin_object();
  json.member("name", text_of(instance, "name"));
  json.member("namespace", text_of(instance, "namespace"));
  json.member("version", version.empty() ? "N/A" : version);
  json.member("status", text_of(instance, "status"));
  json.member("exec_mode", is_cluster ? "cluster_mode" : "fork_mode");
  json.member("pm_uptime", now_ms - number_of(instance, "uptime_ms"));
  json.member("restart_time", number_of(instance, "restarts"));
  json.member("unstable_restarts", number_of(instance, "unstable_restarts"));
  json.member("exit_code", number_of(instance, "exit_code"));
  json.member("pm_id", number_of(instance, "id"));
  json.member("NODE_APP_INSTANCE", number_of(instance, "instance"));
  const std::string* const program = command.empty() ? nullptr : command.front().text();
  json.member("pm_exec_path", program == nullptr ? std::string_view{} : *program);
  json.key("args");
  write_texts(json, command, 1);
  json.member("pm_cwd", text_of(instance, "cwd"));
  json.member("username", text_of(instance, "user"));
  json.member("autorestart", text_of(instance, "restart") != "never");
  json.member("watch", false);
  json.end_object();
}

}  // namespace

std::string jlist_of(const Node::List& instances, std::int64_t now_ms) {
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
    write_environment(json, instance, now_ms);
    json.end_object();
  }
  json.end_array();
  return std::move(json).text();
}

}  // namespace pmx::cli
