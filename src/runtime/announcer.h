// What pmx-init has to say, in the form and at the place that the log has.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "codec/event_record.h"
#include "core/manifest.h"
#include "core/note.h"
#include "core/roster.h"
#include "os/output_fd.h"
#include "runtime/log_sink.h"
#include "runtime/termination_log.h"

namespace pmx::runtime {

struct Voice {
  std::string_view name = "pmx-init";  // as which program we speak
  int verbosity = 0;                   // -1: errors alone; 1: info of our own too; 2: debug
  bool quiet = false;                  // warnings and errors only
  bool is_supervising = false;         // there may be several apps, which start again
};

// In raw format words go to stderr, as tini's do, and stdout is the app's alone; otherwise they
// are records on stdout.
class Announcer {
 public:
  Announcer(const Manifest& manifest, const Roster& roster, const Voice& voice, LogSink& sink);

  // How instances end is kept there too; it must outlive the announcer.
  void tell(TerminationLog& log) noexcept { termination_ = &log; }

  void say(const Note& note) noexcept;

  // To stderr, whatever the format: stdout does not take it.
  void complain(std::string_view sentence) noexcept;

 private:
  // Everything about one thing to say.
  struct Statement {
    Level level;
    std::string_view event;
    std::string_view message;
    std::span<const EventField> fields = {};
    std::optional<InstanceId> instance = std::nullopt;
    std::optional<Pid> pid = std::nullopt;
    bool is_routine = false;  // said unless we are to be quiet; other info only when verbose
    Importance importance = Importance::may_be_lost;
  };

  void on(const StartedNote&) noexcept;
  void on(const StartFailedNote&) noexcept;
  void on(const ReadyNote&) noexcept;
  void on(const NotReadyNote&) noexcept;
  void on(const UnhealthyNote&) noexcept;
  void on(const ExitedNote&) noexcept;
  void on(const RetryNote&) noexcept;
  void on(const BlockedNote&) noexcept;
  void on(const KilledNote&) noexcept;
  void on(const MemoryLimitNote&) noexcept;
  void on(const ReloadingNote&) noexcept;
  void on(const ReloadedNote&) noexcept;
  void on(const ReloadFailedNote&) noexcept;
  void on(const OomKilledNote&) noexcept;
  void on(const ScheduledNote&) noexcept;
  void on(const MessageTooLongNote&) noexcept;
  void on(const LogFileNote&) noexcept;
  void on(const ExceptionNote&) noexcept;
  void on(const EndDecidedNote&) noexcept;
  void on(const StopAskedNote&) noexcept;
  void on(const SignalIgnoredNote&) noexcept;
  void on(const SignalNote&) noexcept;
  void on(const SignalFailedNote&) noexcept;
  void on(const StoppingOthersNote&) noexcept;
  void on(const ReapedNote&) noexcept;
  void on(const DroppedNote&) noexcept;
  void on(const RefusedNote&) noexcept;
  void on(const RemarkNote&) noexcept;

  void complain(std::string_view subject, std::string_view sentence) noexcept;
  void state(const Statement& statement) noexcept;
  void state_at_length(const Statement& statement) noexcept;
  void write(const Statement& statement, std::span<char> bytes) noexcept;
  [[nodiscard]] bool is_wanted(const Statement& statement) const noexcept;

  const Manifest& manifest_;
  const Roster& roster_;
  Voice voice_;
  LogSink& sink_;
  os::OutputFd stderr_;
  OutputPolicy policy_;
  TerminationLog* termination_ = nullptr;
};

}  // namespace pmx::runtime
