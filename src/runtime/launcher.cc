#include "runtime/launcher.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/concat.h"
#include "base/text.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/terminal.h"
#include "runtime/census.h"

namespace pmx::runtime {

Environment environment_of(const Place& place, InstanceId instance) {
  const App& app = *place.app;
  Environment environment = app.process.environment;
  if (!app.instance_variable.empty()) {
    environment.set(app.instance_variable, std::to_string(place.number));
    environment.set("pm_id", std::to_string(place.known_as));
    environment.set(kInstanceIdVariable,
                    concat(static_cast<int>(os::own_pid()), ":", static_cast<unsigned>(instance),
                           ".", place.occupants));
  }
  if (const char* const first = environment.find(app.increment_variable)) {
    const auto number = parse_number<std::int64_t>(first);
    if (number) environment.set(app.increment_variable, std::to_string(*number + place.number));
    const auto* const origin = app.process.environment.origin_of(app.increment_variable);
    if (origin != nullptr) environment.set_origin(app.increment_variable, *origin);
  }
  return environment;
}

Launcher::Launcher(const Place& place, InstanceId instance, std::span<const std::string> command,
                   os::SignalMask mask)
    : app_(*place.app), environment_(environment_of(place, instance)) {
  const ProcessSettings& settings = app_.process;
  slot_and_argv_.reserve(command.size() + 2);
  slot_and_argv_.push_back(nullptr);
  for (const std::string& word : command) slot_and_argv_.push_back(word.c_str());
  slot_and_argv_.push_back(nullptr);
  if (const auto former = os::former_descriptor_limit()) {
    limits_.push_back({RLIMIT_NOFILE, {former->soft, former->hard}});
  }
  for (const ResourceLimit& limit : settings.limits) {  // the last one counts
    limits_.push_back({limit.resource, {limit.soft, limit.hard}});
  }

  plan_.slot_and_argv = slot_and_argv_;
  plan_.environment = environment_.data();
  const char* const path = environment_.find("PATH");
  plan_.search_path = path != nullptr ? path : os::kDefaultPath;
  plan_.directory = settings.directory.empty() ? nullptr : settings.directory.c_str();
  plan_.stdin_is_null = settings.reads_nothing;
  plan_.mask = mask;
  plan_.new_session = settings.place == ProcessPlace::session;
  plan_.new_group = settings.place == ProcessPlace::own_group;
  plan_.user = settings.user;
  plan_.group = settings.group;
  if (settings.groups) plan_.groups = *settings.groups;
  if (settings.capabilities) {
    plan_.changes_capabilities = true;
    plan_.bounding = settings.capabilities->bounding;
    plan_.ambient = settings.capabilities->ambient;
  }
  plan_.no_new_privileges = settings.no_new_privileges;
  plan_.keeps_ignored_signals = settings.keeps_ignored_signals;
  plan_.umask = settings.umask;
  plan_.niceness = settings.niceness;
  plan_.oom_score_adjustment = settings.oom_score_adjustment;
  plan_.limits = limits_;
  plan_.processors = settings.processors;
  if (settings.parent_death_signal) {
    plan_.parent_death_signal = static_cast<int>(*settings.parent_death_signal);
  }
}

void Launcher::set(std::string_view name, std::string_view value) {
  environment_.set(name, value);
  point_to_environment();
}

void Launcher::insert_argument(std::size_t position, std::string argument) {
  own_argument_ = std::move(argument);
  const auto place = slot_and_argv_.begin() + 1 + static_cast<std::ptrdiff_t>(position);
  slot_and_argv_.insert(place, own_argument_.c_str());
  plan_.slot_and_argv = slot_and_argv_;
}

void Launcher::set_to_own_pid(std::string_view name) {
  environment_.remove(name);
  own_pids_.push_back(concat(name, "=", std::string(os::kLongestPid, '\0')));
  point_to_environment();
}

void Launcher::point_to_environment() {
  plan_.environment = environment_.data();
  if (own_pids_.empty()) return;
  with_own_pid_.clear();
  rooms_.clear();
  for (auto variable = environment_.data(); *variable != nullptr; ++variable) {
    with_own_pid_.push_back(*variable);
  }
  for (std::string& own_pid : own_pids_) {
    with_own_pid_.push_back(own_pid.c_str());
    rooms_.push_back(own_pid.data() + own_pid.size() - os::kLongestPid);
  }
  with_own_pid_.push_back(nullptr);
  plan_.environment = with_own_pid_.data();
  plan_.own_pids = rooms_;
}

void Launcher::hand_over(std::span<const int> sockets) {
  first_free_ = os::kFirstSocket + static_cast<int>(sockets.size());
  std::string names;
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    sockets_.emplace_back(::fcntl(sockets[i], F_DUPFD_CLOEXEC, first_free_));
    socket_numbers_.push_back(sockets_.back().get());
    const std::string& name = app_.process.sockets[i].name;
    names += (i == 0 ? "" : ":") + (name.empty() ? std::string("unknown") : name);
  }
  plan_.sockets = socket_numbers_;
  set("LISTEN_FDS", std::to_string(sockets.size()));
  set("LISTEN_FDNAMES", names);
  set_to_own_pid("LISTEN_PID");
}

// As Node's own child_process does it; the app's node takes both variables for itself.
std::expected<os::SocketPair, SpawnError> Launcher::make_channel(os::SpawnPlan& plan) {
  if (!has_channel_) return {};
  auto pair = os::make_socket_pair();
  if (!pair) return std::unexpected(SpawnError{SpawnStage::channel, pair.error().number, 0});
  if (pair->theirs.get() < first_free_) {
    pair->theirs = os::UniqueFd(::fcntl(pair->theirs.get(), F_DUPFD_CLOEXEC, first_free_));
    if (!pair->theirs) return std::unexpected(SpawnError{SpawnStage::channel, errno, 0});
  }
  plan.channel_fd = pair->theirs.get();
  set("NODE_CHANNEL_FD", std::to_string(plan.channel_fd));
  set("NODE_CHANNEL_SERIALIZATION_MODE", "json");
  plan.environment = plan_.environment;
  return std::move(*pair);
}

std::expected<Launched, SpawnError> Launcher::launch() noexcept {
  for (const int socket : socket_numbers_) {
    if (socket < 0) return std::unexpected(SpawnError{SpawnStage::descriptors, EMFILE, 0});
  }
  os::SpawnPlan plan = plan_;
  plan.wants_foreground = plan.new_group && os::is_in_foreground();

  os::Pipe out;
  os::Pipe err;
  if (app_.output.format != LogFormat::raw) {
    for (os::Pipe* pipe : {&out, &err}) {
      auto made = os::make_pipe();
      if (!made)
        return std::unexpected(SpawnError{SpawnStage::output_pipes, made.error().number, 0});
      *pipe = std::move(*made);
      // So that the app can open /dev/stdout, which leads back to the pipe.
      if (plan.user) os::give_pipe_to(pipe->write_end.get(), *plan.user);
    }
    plan.stdout_fd = out.write_end.get();
    plan.stderr_fd = err.write_end.get();
  }
  auto channel = make_channel(plan);
  if (!channel) return std::unexpected(channel.error());
  const auto pid = os::spawn(plan);
  if (!pid) return std::unexpected(pid.error());
  return Launched{*pid, std::move(out.read_end), std::move(err.read_end), std::move(channel->ours)};
}

std::expected<Pid, SpawnError> Launcher::launch_in_silence() const noexcept {
  const os::UniqueFd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!nowhere) return std::unexpected(SpawnError{SpawnStage::output_pipes, errno, 0});
  os::SpawnPlan plan = plan_;
  plan.new_session = true;
  plan.new_group = false;
  plan.stdin_is_null = true;
  plan.stdout_fd = nowhere.get();
  plan.stderr_fd = nowhere.get();
  return os::spawn(plan);
}

}  // namespace pmx::runtime
