// What the loop does for each effect: the other half of a turn.
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <numeric>
#include <utility>
#include <variant>

#include "base/concat.h"
#include "codec/channel.h"
#include "core/inspector_port.h"
#include "os/clock.h"
#include "os/descendants.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/terminal.h"
#include "runtime/container_limits.h"
#include "runtime/launcher.h"
#include "runtime/loop.h"

namespace pmx::runtime {
namespace {

// The kernel's pages of a full pipe are the container's memory.
constexpr std::size_t kPipeBudget = 16 * 1024 * 1024;
constexpr std::uint64_t kSmallContainer = 64 * 1024 * 1024;

// What a failed start counts as (docs/cli.md, "Exit codes").
ExitStatus status_of(const SpawnError& error, const FailureCodes& codes) noexcept {
  if (error.stage != SpawnStage::execution) return {codes.cannot_work, 0};
  if (error.error_number == ENOENT) return {codes.command_missing, 0};
  return {error.error_number == EACCES ? codes.cannot_execute : codes.other_failure, 0};
}

// The kernel lacked something at that moment.
bool may_pass(const SpawnError& error) noexcept {
  constexpr std::array kShortages{EAGAIN, ENOMEM, EMFILE, ENFILE, EINTR, ETXTBSY, EIO};
  return std::ranges::find(kShortages, error.error_number) != kShortages.end();
}

void set_inspector(const App& app, unsigned worker, Launcher& launcher) noexcept {
  if (auto own = inspector_argument(app.process.arguments, worker)) {
    return launcher.insert_argument(own->position, std::move(own->text));
  }
  const char* const options = launcher.find("NODE_OPTIONS");
  const std::string own = inspector_option(options == nullptr ? "" : options, worker);
  if (!own.empty()) launcher.set("NODE_OPTIONS", concat(options, " ", own));
}

}  // namespace

void Loop::perform(const pmx::ReadManifest&) noexcept {
  if (!surroundings_.read_manifest) return;
  must_read_again_ = reader_.is_busy();
  if (must_read_again_) return;
  is_childless_ = false;
  if (reader_.begin({}, std::nullopt, now())) return;
  announcer_.say(RemarkNote{Level::error, "apply",
                            "the manifest cannot be read: there can be no process now", true});
}

// A hook has no channel, no sockets to listen on, and none to speak of itself.
std::expected<Launched, SpawnError> Loop::launch(const SpawnProcess& effect) noexcept {
  const Place& place = supervisor_.roster()[effect.instance];
  const App& app = *place.app;
  if (const Hook* const hook = hook_of(app.life, effect.role)) {
    return Launcher(place, effect.instance, hook->command, surroundings_.child_mask).launch();
  }
  Launcher launcher(place, effect.instance, surroundings_.child_mask);
  notifier_.prepare(effect.instance, launcher);
  listeners_.keep_those_of(supervisor_.roster());
  if (!app.process.sockets.empty()) {
    const auto sockets = listeners_.open_for(app);
    if (!sockets) return std::unexpected(sockets.error());
    launcher.hand_over(*sockets);
  }
  if (app.is_clustered) {
    const unsigned worker = primary_.next_worker_id(app);
    launcher.set("NODE_UNIQUE_ID", std::to_string(worker));
    set_inspector(app, worker, launcher);
    if (app.cluster.has_preload) preload(launcher, app.process.arguments);
  } else {
    primary_.keep_those_of_roster();  // it may have been one
  }
  return launcher.launch();
}

void Loop::preload(Launcher& launcher, std::span<const std::string> arguments) noexcept {
  const char* const own = launcher.find("NODE_OPTIONS");
  if (const auto options = preload_.options_with(own == nullptr ? "" : own, arguments)) {
    return launcher.set("NODE_OPTIONS", *options);
  }
  if (std::exchange(has_said_no_preload_, true)) return;
  announcer_.say(
      RemarkNote{Level::warn, "preload",
                 "neither /dev/shm nor /run nor /tmp can be written to: a worker that is "
                 "replaced cuts off connections that are kept alive",
                 true});
}

void Loop::perform(const SpawnProcess& effect) noexcept {
  const Place& place = supervisor_.roster()[effect.instance];
  const App& app = *place.app;
  auto launched = launch(effect);
  if (!launched) {
    const ExitStatus status = status_of(launched.error(), supervisor_.manifest().failure_codes);
    const bool is_lasting = !may_pass(launched.error());
    inbox_.push(SpawnFailed{effect.instance, launched.error(), status, is_lasting});
    return;
  }
  is_childless_ = false;
  children_.started(effect.instance, launched->pid);
  census_.started(effect.instance, app.name, launched->pid, now());
  if (effect.role == Role::app) {
    notifier_.started(effect.instance, launched->pid);
    census_.started_at(effect.instance, os::wall_now());
  }
  if (app.output.format != LogFormat::raw) {
    if (!oom_file_) {
      oom_file_ = container_oom_file();
      oom_kills_ = oom_kills_in(*oom_file_);
    }
    enlarge_pipes(effect.instance, *launched);
    if (files_.prepare(effect.instance)) is_childless_ = false;
    const Origin origin{
        .app = app.name, .instance = place.number, .pid = launched->pid, .id = place.known_as};
    outputs_.open(effect.instance, origin, app.output, std::move(launched->out),
                  std::move(launched->err), now());
  }
  if (launched->channel) {
    channels_.open(effect.instance, launched->pid, std::move(launched->channel), now());
  }
  inbox_.push(Spawned{effect.instance, launched->pid});
}

void Loop::perform(const SignalProcess& effect) noexcept {
  // It has ended, and its number may be another's. A group has its own for as long as one is in it.
  if (effect.scope == SignalScope::process && !children_.find(effect.pid)) return;
  if (const auto instance = children_.find(effect.pid)) channels_.let_end(*instance, now());
  const auto sent = effect.scope == SignalScope::group
                        ? os::signal_group(effect.pid, effect.signal)
                        : os::signal_process(effect.pid, effect.signal);
  if (sent || sent.error().number == ESRCH) return;
  announcer_.say(SignalFailedNote{effect.pid, effect.signal, sent.error().number});
}

void Loop::perform(const SendShutdown& effect) noexcept {
  if (channels_.send(effect.instance, kShutdownMessage, now())) {
    return channels_.let_end(effect.instance, now());
  }
  perform(SignalProcess{effect.pid, effect.otherwise, SignalScope::process});
}

void Loop::perform(const DrainInstance& effect) noexcept {
  channels_.drain(effect.instance, effect.patience, inbox_, now());
}

void Loop::perform(const RetireInstance& effect) noexcept { primary_.retire(effect.instance); }

void Loop::perform(const CloseListeners& effect) noexcept {
  primary_.close_listeners(supervisor_.roster()[effect.instance].app->name);
}

void Loop::perform(const ClearTree& effect) noexcept {
  const bool any = trees_.clear(effect.instance, effect.signal, now());
  if (!any) inbox_.push(TreeCleared{effect.instance});
}

void Loop::perform(const LookAround&) noexcept { census_.be_current(now()); }

void Loop::perform(const MeasureMemory& effect) noexcept {
  census_.be_current(now());
  inbox_.push(MemoryMeasured{effect.instance, census_.usage_of(effect.instance).memory_bytes});
}

void Loop::perform(const ExplainKill& effect) noexcept {
  if (!oom_file_) return;
  const std::uint64_t before = std::exchange(oom_kills_, oom_kills_in(*oom_file_));
  if (oom_kills_ <= before) return;
  announcer_.say(OomKilledNote{effect.instance, effect.pid, container_memory_limit().value_or(0)});
}

void Loop::perform(const SignalOthers& effect) noexcept {
  close_files();
  // Of an orphan that was adopted since nobody tells us; and what was run from outside in our PID
  // namespace (docker exec) is nobody's child.
  is_childless_ = is_childless_ && !os::has_children();
  awaits_others_ = true;
  // Who writes files has its own time to end (files_deadline()).
  const bool any =
      (!is_childless_ || os::is_init()) && os::signal_descendants(effect.signal, files_.workers());
  if (!any || is_childless_) inbox_.push(NobodyLeft{});
}

bool Loop::only_files_are_left() const noexcept {
  constexpr SignalNumber kNothing{};  // it is only looked who is there (kill(2))
  return awaits_others_ && files_.are_there() &&
         !os::signal_descendants(kNothing, files_.workers());
}

void Loop::perform(const StartProbe& effect) noexcept {
  // At a port that workers share another one would answer.
  const auto port = prober_.port_of(effect.instance, effect.purpose);
  if (port && primary_.is_missing_at(effect.instance, *port)) {
    return prober_.refuse(effect.instance);
  }
  const auto command = prober_.start(effect.instance, effect.purpose);
  if (!command) return;
  is_childless_ = false;
  census_.asked_by(effect.instance, *command);
}

void Loop::perform(const StopProbe& effect) noexcept { prober_.stop(effect.instance); }

void Loop::perform(const ForgetInstance& effect) noexcept {
  prober_.stop(effect.instance);
  files_.forget(effect.instance);
  outputs_.forget(effect.instance);
  termination_.forget(effect.instance);
  enlarged_pipes_[static_cast<std::size_t>(effect.instance)] = 0;
  notifier_.forget(effect.instance);
  census_.forget(effect.instance);
  listeners_.keep_those_of(supervisor_.roster());
  primary_.keep_those_of_roster();
  if (control_) {
    control_->desk.forget(effect.instance, now());
    control_->recent.forget(effect.instance);
  }
}

void Loop::perform(const HaltWith& effect) noexcept {
  if (!surroundings_.tells_halts) return os::halt_self();
  if (os::is_in_foreground(effect.pid)) os::take_foreground();
  os::halt_job();
  // Somebody continued us, as a job in the foreground or with `bg`; or nobody could ever have.
  if (os::is_in_foreground()) os::give_foreground_to(effect.pid);
  static_cast<void>(os::signal_group(effect.pid, kSigCont));
}

void Loop::perform(const Say& effect) noexcept {
  // It has ended by itself, and only its last words wait.
  const auto* const killed = std::get_if<KilledNote>(&effect.note);
  if (killed != nullptr && !children_.find(killed->pid)) return;
  announcer_.say(effect.note);
}

void Loop::perform(const Leave& effect) noexcept { leave_with(effect.code); }

// Who was started when there were few keeps its share until it is started again.
void Loop::enlarge_pipes(InstanceId instance, const Launched& launched) noexcept {
  if (!has_memory_) {
    const auto limit = container_memory_limit();
    has_memory_ = !limit || *limit >= kSmallContainer;
  }
  if (!*has_memory_) return;
  std::size_t& own = enlarged_pipes_[static_cast<std::size_t>(instance)];
  own = 0;
  const auto others =
      std::accumulate(enlarged_pipes_.begin(), enlarged_pipes_.end(), std::size_t{0});
  const std::size_t share = std::min(kPipeBudget / children_.size(), kPipeBudget - others) / 2;
  const std::size_t size = std::min(os::kLargestPipe, std::bit_floor(share));
  if (size > os::kUsualPipe) {
    own = 2 * size;
    os::enlarge_pipe(launched.out.get(), size);
    os::enlarge_pipe(launched.err.get(), size);
  }
  sink_.enlarge_pipe(os::kLargestPipe);
}

}  // namespace pmx::runtime
