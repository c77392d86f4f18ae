// One turn: collect, decide, act, flush. This is the page to read first.
#pragma once

#include <array>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/signals.h"
#include "core/manifest.h"
#include "core/supervisor.h"
#include "os/os_error.h"
#include "os/poller.h"
#include "os/reaper.h"
#include "runtime/announcer.h"
#include "runtime/census.h"
#include "runtime/channels.h"
#include "runtime/children.h"
#include "runtime/control_desk.h"
#include "runtime/control_server.h"
#include "runtime/file_writers.h"
#include "runtime/inbox.h"
#include "runtime/listeners.h"
#include "runtime/log_sink.h"
#include "runtime/manifest_reader.h"
#include "runtime/notifier.h"
#include "runtime/output_pump.h"
#include "runtime/preload.h"
#include "runtime/primary.h"
#include "runtime/prober.h"
#include "runtime/recorder.h"
#include "runtime/termination_log.h"
#include "runtime/timetable.h"
#include "runtime/trees.h"

namespace pmx::runtime {

struct Launched;
class Launcher;

// What there was to say before there was a place to say it.
struct Remark {
  Level level;
  std::string_view event;
  std::string text;
  bool is_routine = false;  // said without -v, unless quiet
};

// Why the app is not even tried, and what pmx-init ends with.
struct Refusal {
  std::string why;
  int code;
};

// What the loop does not decide, but somebody who called us did.
struct Surroundings {
  Voice voice;
  os::SignalMask child_mask = os::SignalMask::none();
  bool tells_halts = false;     // when the app is stopped by the terminal we stop with it
  bool warns_on_reap = false;   // say when an orphan was reaped
  bool lost_terminal = false;   // we gave it up: the kernel's SIGHUP and SIGCONT are not news
  os::UniqueFd control;         // listens for requests; may be absent
  ReadManifest read_manifest;   // what SIGHUP and `apply` ask for; may be absent
  os::UniqueFd trace;           // what happens is written there; may be absent
  std::string termination_log;  // a path for Kubernetes; empty: none
  std::vector<Remark> remarks;
  std::optional<Refusal> refusal;
};

class Loop {
 public:
  // Allocates; nothing after it does, until a process is started. The surroundings and the poller
  // must outlive it.
  Loop(Manifest manifest, Surroundings& surroundings, os::Poller& poller);

  // Until the last app has ended and what it wrote is written; then PID 1's exit code.
  // From here on nothing may exit, abort or throw: a dead PID 1 kills the container.
  [[nodiscard]] int run() noexcept;

 private:
  // What few turns have to do is never inlined, here and in what a turn calls: so a turn touches
  // few pages of the program, and a signal is not kept waiting for them.
  void turn() noexcept;
  void take_signals() noexcept;
  [[gnu::noinline]] void reap() noexcept;
  [[nodiscard, gnu::noinline]] bool only_files_are_left() const noexcept;
  [[nodiscard]] bool lend_terminal(const os::ChildHalted& halted) noexcept;
  [[gnu::noinline]] void take_reading() noexcept;
  [[gnu::noinline]] void serve_clients() noexcept;
  [[gnu::noinline]] void heed_clock() noexcept;
  void settle_children() noexcept;
  [[gnu::noinline]] void settle(InstanceId instance, ExitStatus status) noexcept;
  [[nodiscard, gnu::noinline]] bool take_last_words(InstanceId instance, Instant ended_at) noexcept;
  void settle_trees() noexcept;
  void expire() noexcept;
  void decide() noexcept;
  [[gnu::noinline]] void make_room() noexcept;
  void close_files() noexcept;
  void flush() noexcept;
  void give_up_on_stdout() noexcept;
  [[gnu::noinline]] void say_what_was_left() noexcept;
  [[nodiscard]] Instant now() noexcept;

  void perform(const SpawnProcess&) noexcept;
  void perform(const SignalProcess&) noexcept;
  void perform(const SendShutdown&) noexcept;
  void perform(const DrainInstance&) noexcept;
  void perform(const RetireInstance&) noexcept;
  void perform(const CloseListeners&) noexcept;
  void perform(const ClearTree&) noexcept;
  void perform(const LookAround&) noexcept;
  void perform(const MeasureMemory&) noexcept;
  void perform(const ExplainKill&) noexcept;
  void perform(const SignalOthers&) noexcept;
  void perform(const StartProbe&) noexcept;
  void perform(const StopProbe&) noexcept;
  void perform(const pmx::ReadManifest&) noexcept;
  void perform(const ForgetInstance&) noexcept;
  void perform(const HaltWith&) noexcept;
  void perform(const Say&) noexcept;
  void perform(const Leave&) noexcept;

  void preload(Launcher& launcher, std::span<const std::string> arguments) noexcept;
  [[nodiscard]] std::expected<Launched, SpawnError> launch(const SpawnProcess&) noexcept;
  void enlarge_pipes(InstanceId instance, const Launched& launched) noexcept;
  void leave_with(int code) noexcept;
  [[nodiscard]] bool is_done() noexcept;
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  [[nodiscard]] Instant end_of_patience(Instant since) const noexcept;
  [[nodiscard]] std::optional<Instant> flush_deadline() const noexcept;
  [[nodiscard]] std::optional<Instant> files_deadline() const noexcept;

  Surroundings& surroundings_;
  os::Poller& poller_;
  Supervisor supervisor_;
  LogSink sink_;
  TerminationLog termination_;
  Announcer announcer_;
  FileWriters files_;
  OutputPump outputs_;
  Children children_;
  Census census_;
  Trees trees_;
  ManifestReader reader_;
  Prober prober_;
  Notifier notifier_;
  Timetable timetable_;
  Listeners listeners_;
  struct Control {
    Control(os::UniqueFd listener, os::Poller& poller, const Supervisor& supervisor, Census& census,
            const Notifier& notifier, Announcer& announcer, ManifestReader& reader,
            Channels& channels)
        : server(std::move(listener), poller),
          recent(supervisor.roster().size()),
          desk(supervisor, census, notifier, server, announcer, recent, reader, channels) {}
    ControlServer server;
    RecentLines recent;
    ControlDesk desk;
  };
  Primary primary_;
  Channels channels_;
  Preload preload_;
  std::unique_ptr<Control> control_;  // where there is a socket for it
  Inbox inbox_;
  Effects effects_;
  std::unique_ptr<Recorder> recorder_;  // where there is a trace

  std::optional<Instant> now_;       // of this turn, once somebody has asked
  bool children_have_news_ = false;  // SIGCHLD came, or there was more than one turn's work
  bool orphan_has_ended_ = false;    // since trees were last looked at
  bool must_read_again_ = false;     // SIGHUP came while the manifest was being read
  bool has_said_no_preload_ = false;
  bool is_childless_ = false;
  bool awaits_others_ = false;               // who is left at the end
  std::vector<std::size_t> enlarged_pipes_;  // by instance: bytes of both
  std::optional<std::string> oom_file_;      // once something with a log was started
  std::uint64_t oom_kills_ = 0;              // by that, when last looked at
  std::optional<bool> has_memory_;  // for large pipes; asked when the first process is there
  std::array<bool, kSignalCount + 1> ignored_once_{};
  // Since then stdout has taken nothing of somebody's last words, and it has been given up to wait
  // for that.
  std::optional<Instant> stalled_since_;
  std::uint64_t dropped_ = 0;
  std::uint64_t lost_events_ = 0;
  std::optional<int> exit_code_;
  Instant left_at_{};  // when that was decided
};

}  // namespace pmx::runtime
