#include "runtime/launcher.h"

#include <cerrno>
#include <string_view>
#include <utility>

#include "os/pipe.h"
#include "os/terminal.h"

namespace pmx::runtime {
namespace {

// Where programs are looked for when the environment has no PATH.
constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace

Launcher::Launcher(const App& app, os::SignalMask mask) : app_(app) {
  const ProcessSettings& settings = app.process;
  slot_and_argv_.reserve(settings.arguments.size() + 2);
  slot_and_argv_.push_back(nullptr);
  for (const std::string& word : settings.arguments) slot_and_argv_.push_back(word.c_str());
  slot_and_argv_.push_back(nullptr);
  for (const ResourceLimit& limit : settings.limits) {
    limits_.push_back({limit.resource, {limit.soft, limit.hard}});
  }

  plan_.slot_and_argv = slot_and_argv_;
  plan_.environment = settings.environment.data();
  const char* const path = settings.environment.find("PATH");
  plan_.search_path = path != nullptr ? path : kDefaultPath;
  plan_.directory = settings.directory.empty() ? nullptr : settings.directory.c_str();
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
  plan_.umask = settings.umask;
  plan_.niceness = settings.niceness;
  plan_.oom_score_adjustment = settings.oom_score_adjustment;
  plan_.limits = limits_;
  plan_.processors = settings.processors;
  if (settings.parent_death_signal) {
    plan_.parent_death_signal = static_cast<int>(*settings.parent_death_signal);
  }
}

std::expected<Launched, SpawnError> Launcher::launch() const noexcept {
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
  const auto pid = os::spawn(plan);
  if (!pid) return std::unexpected(pid.error());
  return Launched{*pid, std::move(out.read_end), std::move(err.read_end)};
}

}  // namespace pmx::runtime
