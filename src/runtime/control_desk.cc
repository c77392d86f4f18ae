#include "runtime/control_desk.h"

#include <algorithm>
#include <array>
#include <limits>
#include <ranges>
#include <span>
#include <utility>

#include "base/concat.h"
#include "base/heap_sort.h"
#include "base/signals.h"
#include "base/text.h"
#include "codec/json_writer.h"
#include "core/cluster_policy.h"
#include "core/targets.h"
#include "runtime/instance_report.h"

namespace pmx::runtime {
namespace {

// Replies that nobody has read yet and that all clients together may have in memory before the next
// request is taken.
constexpr std::size_t kMostUnread = 1024 * 1024;

// Of one reader of the log: who takes less than is written misses some of it.
constexpr std::size_t kMostUnreadLines = 64 * 1024;
constexpr std::int64_t kLines = 15;
constexpr std::size_t kAllLines = std::numeric_limits<std::size_t>::max();

std::string quoted(std::string_view text) { return concat('"', text, '"'); }

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) append(all, ' ', word);
  return all;
}

}  // namespace

std::span<const ControlDesk::Command> ControlDesk::commands() noexcept {
  static constexpr std::array kCommands = std::to_array<Command>({
      {"ping", &ControlDesk::ping, false, false, false},
      {"list", &ControlDesk::list, false, false, false},
      {"jlist", &ControlDesk::describe, false, false, false},
      {"describe", &ControlDesk::describe, true, false, false},
      {"env", &ControlDesk::env, true, false, false},
      {"save", &ControlDesk::save, false, false, false},
      {"logs", &ControlDesk::logs, false, false, false},
      {"healthcheck", &ControlDesk::healthcheck, false, false, false},
      {"start", &ControlDesk::start, true, true, true},
      {"stop", &ControlDesk::stop, true, true, false},
      {"restart", &ControlDesk::restart, true, true, true},
      {"reload", &ControlDesk::reload, true, true, true},
      {"reset", &ControlDesk::reset, true, true, false},
      {"signal", &ControlDesk::signal, true, true, false},
      {"apply", &ControlDesk::apply, false, true, true},
      {"delete", &ControlDesk::remove, true, true, true},
      {"scale", &ControlDesk::scale, true, true, true},
      {"trigger", &ControlDesk::trigger, true, true, false},
      {"shutdown", &ControlDesk::shutdown, false, true, false},
  });
  return kCommands;
}

const ControlDesk::Command* ControlDesk::find_command(std::string_view name) noexcept {
  const auto found = std::ranges::find(commands(), name, &Command::name);
  return found == commands().end() ? nullptr : &*found;
}

bool ControlDesk::can_take(const Inbox& inbox) const noexcept {
  // A change is about what the one before has left.
  if (!changes_.empty()) return false;
  return server_.has_requests() && server_.unread() < kMostUnread &&
         inbox.room() > Inbox::kRoomForOthers / 2 + supervisor_.roster().size();
}

void ControlDesk::take_requests(Inbox& inbox, Instant now) {
  while (can_take(inbox)) {
    if (const auto received = server_.take_request()) take(*received, inbox, now);
  }
}

void ControlDesk::take(const ControlServer::Request& received, Inbox& inbox, Instant now) {
  const ClientId client = received.client;
  const auto request = parse_control_request(received.line);
  if (!request) return fail(client, kWrongUsage, request.error(), now);
  const Command* const command = find_command(request->command);
  if (command == nullptr) {
    return fail(client, kWrongUsage, concat("there is no command ", quoted(request->command)), now);
  }
  if (command->starts && supervisor_.is_stopping()) {
    return fail(client, kFailed, "everything is being stopped", now);
  }
  if (command->needs_targets && request->targets.empty()) {
    return fail(client, kWrongUsage, concat(request->command, ": names no app"), now);
  }
  std::vector<InstanceId> targets;
  for (const std::string& target : request->targets) {
    const auto found = find_target(supervisor_.roster(), target);
    if (found.empty()) {
      const std::string_view nearest = nearest_target(supervisor_.roster(), target);
      const std::string hint =
          nearest.empty() ? std::string() : concat(", did you mean ", quoted(nearest), "?");
      return fail(client, kNoSuchTarget, concat("there is no app ", quoted(target), hint), now);
    }
    targets.insert(targets.end(), found.begin(), found.end());
  }
  // What is asked of those who come or go in a reload is asked of who has the place.
  if (command->changes) {
    std::erase_if(targets, [this](InstanceId id) { return supervisor_.roster()[id].is_passing; });
    if (command->needs_targets && targets.empty()) {
      return fail(client, kNoSuchTarget,
                  concat("there is no app ", quoted(request->targets.front())), now);
    }
  }
  if (request->targets.empty()) targets = find_target(supervisor_.roster(), "all");
  heap_sort(targets, [this](InstanceId id) { return supervisor_.roster()[id].id; });
  const auto repeated = std::ranges::unique(targets);
  targets.erase(repeated.begin(), repeated.end());

  if (command->changes) announce(*request, received.peer);
  (this->*command->answer)({*request, client, inbox, now}, targets);
}

void ControlDesk::announce(const ControlRequest& request, const os::PeerCredentials& peer) {
  const std::string_view action = request.text("action");
  const std::string what = action.empty() ? std::string() : concat(" ", action);
  const std::string sentence = concat(request.command, joined(request.targets), what,
                                      ": asked by process ", peer.pid, " of user ", peer.uid);
  announcer_.say(RemarkNote{Level::info, "control", sentence, true});
}

void ControlDesk::ping(const Case& asked, const std::vector<InstanceId>&) {
  JsonWriter json;
  json.begin_object();
  json.member("pmx_init", PMX_VERSION);
  json.member("instances", supervisor_.roster().size());
  json.end_object();
  succeed(asked, json.text());
}

// Whoever a person stopped is not expected to be ready, nor who has done what it is there for.
void ControlDesk::healthcheck(const Case& asked, const std::vector<InstanceId>& targets) {
  std::string missing;
  for (const InstanceId id : targets) {
    const Member& member = supervisor_.member(id);
    if (member.place->is_passing) continue;
    const bool has_completed = std::holds_alternative<Stopped>(member.instance.state) &&
                               member.last_end && member.last_end->ok();
    if (member.is_ready() || has_completed || member.is_held) continue;
    missing += missing.empty() ? "" : ", ";
    const bool is_online = std::holds_alternative<Online>(member.instance.state);
    append(missing, member.app().name, " is ");
    missing += is_online ? "about to end" : status_word(member);
  }
  if (supervisor_.is_draining()) missing = "everything is about to be stopped";
  if (supervisor_.is_stopping()) missing = "everything is being stopped";
  if (!missing.empty()) return fail(asked.client, kFailed, missing, asked.now);
  succeed(asked, "true");
}

// Who depends on others comes behind them.
std::vector<InstanceId> ControlDesk::by_dependency(const std::vector<InstanceId>& targets) const {
  std::vector<InstanceId> sorted;
  for (std::size_t depth = 0; sorted.size() < targets.size(); ++depth) {
    for (const InstanceId id : targets) {
      if (supervisor_.depth_of(id) == depth) sorted.push_back(id);
    }
  }
  return sorted;
}

void ControlDesk::start(const Case& asked, const std::vector<InstanceId>& targets) {
  Job job{asked.client, {}};
  for (const InstanceId id : targets) {
    const Member& member = supervisor_.member(id);
    const bool runs = std::holds_alternative<Online>(member.instance.state) ||
                      std::holds_alternative<Starting>(member.instance.state);
    const unsigned starts_before = runs ? member.starts - 1 : member.starts;
    job.items.push_back({{Errand::Goal::running, id, starts_before}, member.place->id});
  }
  for (const InstanceId id : by_dependency(targets)) asked.inbox.push(StartAsked{id});
  jobs_.push_back(std::move(job));
}

void ControlDesk::stop(const Case& asked, const std::vector<InstanceId>& targets) {
  Job job{asked.client, {}};
  for (const InstanceId id : targets) {
    job.items.push_back({{Errand::Goal::at_rest, id}, supervisor_.roster()[id].id});
  }
  for (const InstanceId id : by_dependency(targets) | std::views::reverse) {
    asked.inbox.push(StopAsked{id});
  }
  jobs_.push_back(std::move(job));
}

void ControlDesk::restart(const Case& asked, const std::vector<InstanceId>& targets) {
  Job job{asked.client, {}};
  for (const InstanceId id : targets) {
    // A successor that is on its way is as new as what is started now.
    const unsigned place = supervisor_.roster()[id].id;
    job.items.push_back({{Errand::Goal::running, id, supervisor_.member(id).starts}, place});
  }
  if (asked.request.flag("update_env")) return refresh(asked, std::move(job));
  for (const InstanceId id : by_dependency(targets)) asked.inbox.push(RestartAsked{id});
  jobs_.push_back(std::move(job));
}

void ControlDesk::reload(const Case& asked, const std::vector<InstanceId>& targets) {
  Job job{asked.client, {}};
  job.is_reload = true;
  for (const InstanceId id : targets) job.items.push_back(item_of_reload(id));
  if (asked.request.flag("update_env")) return refresh(asked, std::move(job));
  const bool is_limited = asked.request.arguments.find("parallel") != nullptr;
  const std::int64_t parallel = asked.request.number("parallel", 0);
  if (is_limited && (parallel < 1 || parallel > kMostParallel)) {
    return fail(asked.client, kWrongUsage,
                concat("\"parallel\" is no number from 1 to ", kMostParallel), asked.now);
  }
  for (const InstanceId id : by_dependency(targets)) {
    asked.inbox.push(ReloadAsked{id, static_cast<unsigned>(parallel)});
  }
  jobs_.push_back(std::move(job));
}

void ControlDesk::reset(const Case& asked, const std::vector<InstanceId>& targets) {
  for (const InstanceId id : targets) asked.inbox.push(ResetAsked{id});
  succeed(asked, "true");
}

void ControlDesk::signal(const Case& asked, const std::vector<InstanceId>& targets) {
  const std::string_view name = asked.request.text("signal");
  const auto signal = parse_signal(name);
  if (!signal) {
    return fail(asked.client, kWrongUsage, quoted(name) + " is no signal, as SIGUSR2 is",
                asked.now);
  }
  unsigned reached = 0;
  for (const InstanceId id : targets) {
    if (supervisor_.pid_of(id)) ++reached;
    asked.inbox.push(SignalAsked{id, *signal});
  }
  if (reached == 0) return fail(asked.client, kFailed, "no process of it runs", asked.now);
  succeed(asked, "true");
}

void ControlDesk::shutdown(const Case& asked, const std::vector<InstanceId>&) {
  asked.inbox.push(ShutdownAsked{});
  succeed(asked, "true");
}

void ControlDesk::logs(const Case& asked, const std::vector<InstanceId>& targets) {
  const bool are_raw = std::ranges::all_of(targets, [this](InstanceId id) {
    return supervisor_.roster()[id].app->output.format == LogFormat::raw;
  });
  if (are_raw && !targets.empty()) {
    return fail(asked.client, kFailed,
                "with --log raw no lines are kept: start it with --log json or --log text",
                asked.now);
  }
  const auto count = std::max<std::int64_t>(asked.request.number("lines", kLines), 0);
  Reader reader;
  reader.client = asked.client;
  reader.targets = asked.request.targets;
  reader.follows = asked.request.flag("follow");
  reader.arrivals = supervisor_.roster().arrivals();
  if (reader.targets.empty()) reader.targets.emplace_back("all");
  for (const InstanceId id : targets) {
    const auto begin = recent_.before_last(id, static_cast<std::size_t>(count));
    reader.places.push_back({id, begin});
  }
  readers_.push_back(std::move(reader));
}

void ControlDesk::report(Instant now) {
  changes_.clear();
  report_jobs(now);
  report_calls(now);
  report_looks(now);
  std::erase_if(readers_, [&](Reader& reader) { return report_lines(reader, now); });
}

void ControlDesk::forget(InstanceId instance, Instant now) {
  for (Reader& reader : readers_) {
    std::erase_if(reader.places, [&](Reader::At& at) {
      if (at.instance != instance) return false;
      static_cast<void>(send_new_lines(reader, at, now));  // its last words
      return true;
    });
  }
  const auto settle = [&](Job& job) {
    for (Item& item : job.items) {
      const bool is_meant = item.errand.instance == instance &&
                            !(item.place && supervisor_.roster().find(*item.place));
      if (!is_meant || !item.last_row.empty()) continue;
      if (item.state == ErrandState::pending) item.state = state_of_gone(item.errand);
      JsonWriter row;
      report_instance(supervisor_, census_, channels_, instance, now, row);
      item.last_row = std::move(row).text();
      item.name = full_name(instance);
    }
  };
  std::ranges::for_each(jobs_, settle);
  settle(refreshed_);
}

// Who has come since the last change: all that they have written.
void ControlDesk::take_newcomers(Reader& reader) const {
  const unsigned arrivals = supervisor_.roster().arrivals();
  if (std::exchange(reader.arrivals, arrivals) == arrivals) return;
  for (const std::string& target : reader.targets) {
    for (const InstanceId id : find_target(supervisor_.roster(), target)) {
      if (std::ranges::find(reader.places, id, &Reader::At::instance) != reader.places.end())
        continue;
      reader.places.push_back({id, recent_.before_last(id, kAllLines)});
    }
  }
}

// True when the reader has everything that it asked for, or has gone. Nothing is sent to who does
// not take it: what it misses meanwhile it is told.
bool ControlDesk::report_lines(Reader& reader, Instant now) {
  if (reader.follows) take_newcomers(reader);
  bool has_skipped = false;
  for (Reader::At& at : reader.places) has_skipped |= send_new_lines(reader, at, now);
  if (!server_.is_there(reader.client)) return true;
  if (has_skipped) server_.send(reader.client, R"({"version":1,"skipped":true})", now);
  const bool is_at_end = server_.unread(reader.client) < kMostUnreadLines;
  if (reader.follows || !is_at_end) return false;
  server_.send(reader.client, R"({"version":1,"ok":true,"result":true})", now);
  server_.end(reader.client, now);
  return true;
}

// True: some were overwritten before they could be sent.
bool ControlDesk::send_new_lines(const Reader& reader, Reader::At& at, Instant now) {
  bool has_skipped = false;
  while (server_.unread(reader.client) < kMostUnreadLines) {
    const auto record = recent_.next(at.instance, at.position, has_skipped);
    if (!record) break;
    send_line(reader.client, at.instance, *record, now);
  }
  return has_skipped;
}

// Whose it is, and what a record does not say itself in every schema.
void ControlDesk::send_line(ClientId client, InstanceId id, const RecentLines::Record& record,
                            Instant now) {
  const Place& place = supervisor_.roster()[id];
  const OutputPolicy& output = place.app->output;
  const bool is_error = record.stream == Stream::standard_error;
  const bool is_json = output.format == LogFormat::json;
  JsonWriter line;
  line.begin_object().member("version", kControlVersion).member("id", place.id);
  line.member("app", place.app->name).member("instance", place.number);
  line.member("stream", is_error ? "stderr" : "stdout");
  line.member("level", name_of(kLevels, is_error ? output.level_stderr : output.level_stdout));
  if (is_json) line.member("schema", name_of(kLogSchemas, output.schema));
  line.key("record");
  is_json ? line.literal(record.text) : line.value(record.text);
  line.end_object();
  server_.send(client, line.text(), now);
}

std::string ControlDesk::full_name(InstanceId id) const {
  const Place& place = supervisor_.roster()[id];
  return concat(place.app->name, "[", place.number, "]");
}

void ControlDesk::succeed(const Case& asked, std::string_view result) {
  conclude(asked.client, {}, result, asked.now);
}

void ControlDesk::conclude(ClientId client, std::string_view failures, std::string_view result,
                           Instant now) {
  JsonWriter reply;
  reply.begin_object().member("version", kControlVersion).member("ok", failures.empty());
  if (!failures.empty()) reply.member("code", kFailed).member("error", failures);
  reply.key("result").literal(result).end_object();
  server_.send(client, reply.text(), now);
  server_.end(client, now);
}

void ControlDesk::fail(ClientId client, int code, std::string_view sentence, Instant now) {
  JsonWriter reply;
  reply.begin_object().member("version", kControlVersion).member("ok", false);
  reply.member("code", code).member("error", sentence).end_object();
  server_.send(client, reply.text(), now);
  server_.end(client, now);
}

}  // namespace pmx::runtime
