#include "runtime/instance_report.h"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "base/concat.h"
#include "base/signals.h"
#include "codec/json_members.h"
#include "core/checkup.h"
#include "core/errand.h"
#include "os/file.h"
#include "os/process_list.h"
#include "runtime/probe_words.h"

namespace pmx::runtime {
namespace {

std::optional<Instant> started_at(const InstanceState& state) noexcept {
  return std::visit(
      [](const auto& s) -> std::optional<Instant> {
        if constexpr (requires { s.started_at; })
          return s.started_at;
        else
          return std::nullopt;
      },
      state);
}

void write_members(const Supervisor& supervisor, const Census& census, const Channels& channels,
                   InstanceId id, Instant now, JsonWriter& json) {
  const Member& member = supervisor.member(id);
  const App& app = member.app();
  const InstanceState& state = member.instance.state;
  json.member("id", member.place->id);
  json.member("name", app.name);
  json.member("instance", member.place->number);
  json.member("namespace", app.name_space);
  json.key("version");
  app.version.empty() ? json.null() : json.value(app.version);
  json.member("mode", app.is_clustered ? "cluster" : "fork");
  json.key("pid");
  const auto process = pid(state);
  process ? json.value(static_cast<int>(*process)) : json.null();
  json.member("status", status_word(member));
  json.member("ready", member.is_ready());
  const auto start = started_at(state);
  json.member("uptime_ms", start ? (now - *start).count() : 0);
  json.member("restarts", member.instance.restarts);
  json.member("unstable_restarts", member.instance.unstable_in_a_row);
  json.key("exit_code");
  const bool has_ended = member.last_end && !member.is_end_of_other;
  has_ended ? json.value(member.last_end->shell_code()) : json.null();
  const Usage& usage = census.usage_of(id);
  json.member("cpu_percent", usage.cpu_percent);
  json.member("memory_bytes", usage.memory_bytes);
  json.member("user", app.user_name);
  json.member("watching", false);
  if (!app.is_clustered) return;
  const auto [handed_over, in_flight] = channels.load_of(id);
  json.member("connections", handed_over).member("in_flight", in_flight);
}

// How it is: null where nobody asks, or nothing is known yet.
void write_condition(const Member& member, std::string_view status_text, JsonWriter& json) {
  json.key("healthy");
  const auto healthy = is_healthy(member.checkup);
  healthy ? json.value(*healthy) : json.null();
  json.key("last_answer");
  const ProbeResult last = member.checkup.last;
  const bool is_known = last.kind != ProbeResult::Kind::none;
  is_known ? json.value(describe_probe_result(last)) : json.null();
  json.key("status_text");
  const bool is_said = !status_text.empty() && pid(member.instance.state);
  is_said ? json.value(status_text) : json.null();
}

void write_metrics(const Channels& channels, InstanceId id, JsonWriter& json) {
  const std::string_view metrics = channels.messages().metrics(id);
  json.key("metrics").literal(metrics.empty() ? "{}" : metrics);
}

void write_channel(const Channels& channels, InstanceId id, JsonWriter& json) {
  json.member("channel", channels.is_open(id) ? "open" : "closed");
  write_metrics(channels, id, json);
  json.key("actions").begin_array();
  if (const std::string_view actions = channels.messages().actions(id); !actions.empty()) {
    JsonMembers members(actions);
    while (const auto action = members.next()) {
      json.literal(concat('"', action->key.text, '"'));
    }
  }
  json.end_array();
}

void write_time(std::string_view key, std::optional<WallTime> time, JsonWriter& json) {
  json.key(key);
  time ? json.value(time->microseconds / 1'000) : json.null();
}

void write_files(const App& app, unsigned id, JsonWriter& json) {
  const LogFiles& files = app.log_files;
  for (const auto& [key, path] : std::to_array<std::pair<std::string_view, const std::string&>>(
           {{"out_file", files.out}, {"error_file", files.error}, {"log_file", files.both}})) {
    json.key(key);
    if (path.empty()) {
      json.null();
    } else {
      json.value(files.are_shared ? path : numbered_path(path, id));
    }
  }
}

}  // namespace

void report_instance(const Supervisor& supervisor, const Census& census, const Channels& channels,
                     InstanceId id, Instant now, JsonWriter& json) {
  json.begin_object();
  write_members(supervisor, census, channels, id, now, json);
  if (supervisor.member(id).app().is_clustered) write_metrics(channels, id, json);
  json.end_object();
}

void report_adopted(const Census& census, JsonWriter& json) {
  for (const SeenProcess& one : census.processes()) {
    if (one.owner != kNoInstance) continue;
    std::array<char, 16> room;
    json.begin_object();
    json.key("id").null();
    json.member("name", os::command_name(one.process.pid, room).value_or("?"));
    json.key("instance").null();
    json.member("pid", static_cast<int>(one.process.pid));
    json.member("status", "adopted");
    json.member("memory_bytes", std::uint64_t{one.process.resident_kib} * 1'024);
    json.end_object();
  }
}

void describe_instance(const Supervisor& supervisor, const Census& census, const Told& told,
                       InstanceId id, Instant now, JsonWriter& json) {
  const Member& member = supervisor.member(id);
  const App& app = member.app();
  json.begin_object();
  write_members(supervisor, census, told.channels, id, now, json);
  write_condition(member, told.status_text, json);
  const Census::Starts& starts = census.starts_of(id);
  write_time("created_at_ms", starts.first, json);
  write_time("started_at_ms", starts.last, json);
  json.member("instances", app.instances);
  json.member("command", app.process.arguments);
  json.member("cwd", os::absolute_path(app.process.directory));
  write_files(app, member.place->known_as, json);
  json.member("restart", name_of(kRestarts, app.life.restart));
  json.member("min_uptime_ms", app.life.min_uptime.count());
  json.member("max_restarts", app.life.max_restarts);
  json.member("stop_signal", signal_name(app.life.stop_signal));
  json.member("kill_timeout_ms", app.life.kill_timeout.count());
  json.member("critical", app.is_critical);
  json.key("depends_on").begin_array();
  for (const Dependency& dependency : supervisor.roster().newest(id).depends_on) {
    json.value(supervisor.roster().apps()[dependency.app]->name);
  }
  json.end_array();
  if (app.process.has_channel) write_channel(told.channels, id, json);
  json.end_object();
}

}  // namespace pmx::runtime
