#include "runtime/announcer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "base/concat.h"
#include "base/signals.h"
#include "codec/event_record.h"
#include "os/clock.h"
#include "runtime/exit_words.h"
#include "runtime/probe_words.h"
#include "runtime/spawn_failure.h"

namespace pmx::runtime {
namespace {

constexpr int kDebugVerbosity = 2;

}  // namespace

Announcer::Announcer(const Manifest& manifest, const Roster& roster, const Voice& voice,
                     LogSink& sink)
    : manifest_(manifest),
      roster_(roster),
      voice_(voice),
      sink_(sink),
      stderr_(2),
      policy_(manifest.log) {}

void Announcer::say(const Note& note) noexcept {
  std::visit([this](const auto& n) { on(n); }, note);
}

void Announcer::on(const StartedNote& note) noexcept {
  const App& app = *roster_[note.instance].app;
  const Hook* const hook = hook_of(app.life, note.role);
  const Sentence message = hook == nullptr ? Sentence("started ", app.process.arguments.front())
                                           : Sentence("started ", hook->command.front(), ", its ",
                                                      name_of(kRoles, note.role));
  state({.level = Level::info,
         .event = "started",
         .message = message.text(),
         .instance = note.instance,
         .pid = note.pid,
         .is_routine = true});
}

void Announcer::on(const StartFailedNote& note) noexcept {
  const App& app = *roster_[note.instance].app;
  const Hook* const hook = hook_of(app.life, note.role);
  const std::string why = describe_spawn_failure(
      note.error, app.process, hook == nullptr ? app.process.arguments : hook->command);
  const std::array fields{EventField{"code", std::int64_t{note.status.code}}};
  const std::string message =
      concat("cannot start ", hook == nullptr ? "" : name_of(kRoles, note.role),
             hook == nullptr ? "" : " of ", app.name, ": ", why);
  if (termination_ != nullptr && note.role != Role::post_stop) {
    termination_->ended(note.instance, concat("could not be started: ", why));
  }
  state({.level = Level::error,
         .event = "errored",
         .message = message,
         .fields = fields,
         .instance = note.instance,
         .importance = Importance::must_be_kept});
}

void Announcer::on(const ExitedNote& note) noexcept {
  const bool by_signal = note.status.signal != 0;
  std::array<EventField, 3> fields{EventField{"code", nullptr}, EventField{"signal", nullptr},
                                   EventField{"uptime_ms", std::int64_t{note.uptime.count()}}};
  if (by_signal)
    fields[1].value = signal_name(SignalNumber{note.status.signal});
  else
    fields[0].value = std::int64_t{note.status.code};

  const Sentence how = ending_words(note.status, note.role);
  const Sentence then = sequel_words(note.next);
  const Sentence message(how.text(), " after ", note.uptime.count(), " ms", then.text());
  const bool is_its_end =
      note.role == Role::app || (note.role == Role::pre_start && !note.status.ok());
  if (termination_ != nullptr && is_its_end) termination_->ended(note.instance, message.text());
  state({.level = note.status.ok() || note.as_expected ? Level::info : Level::error,
         .event = "exited",
         .message = message.text(),
         .fields = fields,
         .instance = note.instance,
         .pid = note.pid,
         .is_routine = true,
         .importance = Importance::must_be_kept});
}

void Announcer::on(const RetryNote& note) noexcept {
  const Sentence then = sequel_words(note.next);
  const Sentence message("could not be started", then.text());
  state({.level = Level::warn,
         .event = "restarting",
         .message = message.text(),
         .instance = note.instance,
         .is_routine = true});
}

void Announcer::on(const ReadyNote& note) noexcept {
  state({.level = Level::info,
         .event = "ready",
         .message = "is ready",
         .instance = note.instance,
         .pid = note.pid,
         .is_routine = true});
}

void Announcer::on(const NotReadyNote& note) noexcept {
  const Duration patience = roster_[note.instance].app->life.listen_timeout;
  const bool was_asked = note.last.kind != ProbeResult::Kind::none;
  const std::string last =
      was_asked ? concat(": ", describe_probe_result(note.last)) : std::string();
  const Sentence message("is not ready after ", patience.count(), " ms (listen_timeout)", last,
                         "; it goes on, and is waited for");
  state({.level = Level::warn,
         .event = "not-ready",
         .message = message.text(),
         .instance = note.instance,
         .pid = note.pid});
}

void Announcer::on(const UnhealthyNote& note) noexcept {
  const std::array fields{EventField{"failures", std::int64_t{note.bad_in_a_row}}};
  const Sentence row(note.bad_in_a_row, " bad answers in a row, the last one: ");
  const Sentence message(
      "is unhealthy: ", note.bad_in_a_row > 1 ? row.text() : std::string_view{},
      describe_probe_result(note.last),
      can_overlap(*roster_[note.instance].app) ? "; it is replaced" : "; it is stopped");
  state({.level = Level::error,
         .event = "unhealthy",
         .message = message.text(),
         .fields = fields,
         .instance = note.instance,
         .pid = note.pid,
         .importance = Importance::must_be_kept});
}

void Announcer::on(const BlockedNote& note) noexcept {
  const bool is_of_pre_start = roster_[note.instance].app_index == note.app;
  const Sentence message =
      is_of_pre_start ? Sentence("is never started: its pre_start has failed")
                      : Sentence("is never started: it depends on ", roster_.apps()[note.app]->name,
                                 ", which did not come as far as it must");
  // How that ended is there already.
  if (termination_ != nullptr && !is_of_pre_start)
    termination_->ended(note.instance, message.text());
  state({.level = Level::error,
         .event = "errored",
         .message = message.text(),
         .instance = note.instance,
         .importance = Importance::must_be_kept});
}

void Announcer::on(const KilledNote& note) noexcept {
  const Sentence message =
      note.is_at_once ? Sentence("sent SIGKILL: the stop was asked for twice")
      : note.role != Role::app
          ? Sentence(name_of(kRoles, note.role), " did not end in time: sent SIGKILL")
      : note.was_asked
          ? Sentence("did not end in time after it was asked to: sent SIGKILL")
          : Sentence("was to be asked last, and no time to stop is left: sent SIGKILL");
  state({.level = Level::warn,
         .event = "killed",
         .message = message.text(),
         .instance = note.instance,
         .pid = note.pid,
         .importance = Importance::must_be_kept});
}

void Announcer::on(const MessageTooLongNote& note) noexcept {
  state({.level = Level::warn,
         .event = "channel",
         .message = "sends a message of more than 1 MiB over its channel: such messages are passed "
                    "over",
         .instance = note.instance,
         .pid = note.pid});
}

void Announcer::on(const LogFileNote& note) noexcept {
  state_at_length(
      {.level = Level::warn, .event = "log-file", .message = note.text, .instance = note.instance});
}

void Announcer::on(const ExceptionNote& note) noexcept {
  std::array fields{EventField{"error", nullptr}};
  if (!note.error.empty()) fields[0].value = note.error;
  state_at_length({.level = Level::error,
                   .event = "exception",
                   .message = note.text.empty() ? "an error without a text" : note.text,
                   .fields = fields,
                   .instance = note.instance,
                   .pid = note.pid});
}

void Announcer::on(const EndDecidedNote& note) noexcept {
  const Place& place = roster_[note.instance];
  const Sentence message("stopping everything with code ", note.code, ": ", place.app->name,
                         place.app->is_critical ? " is critical, and has ended"
                                                : " has ended, and exit_when is any-stopped");
  state({.level = note.code == 0 ? Level::info : Level::error,
         .event = "stopping",
         .message = message.text(),
         .instance = note.instance,
         .is_routine = true,
         .importance = Importance::must_be_kept});
}

void Announcer::on(const StopAskedNote& note) noexcept {
  const bool by_signal = number(note.signal) != 0;
  const std::string_view who = by_signal ? signal_name(note.signal) : "a request to shut down";
  const std::array fields{EventField{"signal", signal_name(note.signal)}};
  const auto drain = static_cast<std::uint64_t>(note.drain.count());
  const Sentence message =
      note.at_once ? Sentence(who, " was received again: killing everything")
      : drain == 0 ? Sentence(who, " was received: stopping everything")
                   : Sentence(who, " was received: stopping everything in ", drain, " ms");
  state({.level = Level::info,
         .event = "stopping",
         .message = message.text(),
         .fields = by_signal ? std::span<const EventField>(fields) : std::span<const EventField>(),
         .is_routine = true});
}

void Announcer::on(const SignalIgnoredNote& note) noexcept {
  const std::array fields{EventField{"signal", signal_name(note.signal)}};
  const Sentence message(signal_name(note.signal), " was received and ignored");
  state({.level = Level::info,
         .event = "signal",
         .message = message.text(),
         .fields = fields,
         .is_routine = true});
}

void Announcer::on(const SignalNote& note) noexcept {
  // Not even composed: the app may be waiting for the processor that we are on.
  if (voice_.verbosity < kDebugVerbosity) return;
  const std::array fields{EventField{"signal", signal_name(note.received)}};
  const bool rewritten = note.received != note.sent;
  const Sentence message(signal_name(note.received), " was received and sent on",
                         rewritten ? " as " : "",
                         rewritten ? signal_name(note.sent) : std::string_view{});
  state({.level = Level::debug, .event = "signal", .message = message.text(), .fields = fields});
}

void Announcer::on(const SignalFailedNote& note) noexcept {
  const std::array fields{EventField{"signal", signal_name(note.signal)}};
  const Sentence message("cannot send ", signal_name(note.signal), " to process ",
                         static_cast<int>(note.pid), ": errno ", note.error_number,
                         note.error_number == EPERM ? " (add the capability CAP_KILL)" : "");
  state({.level = Level::warn, .event = "signal", .message = message.text(), .fields = fields});
}

void Announcer::on(const StoppingOthersNote& note) noexcept {
  const std::array fields{EventField{"signal", signal_name(note.signal)}};
  const Sentence message("processes that were left did not end within ", note.grace.count(),
                         " ms: sent ", signal_name(note.signal));
  state({.level = Level::warn,
         .event = "killed",
         .message = message.text(),
         .fields = fields,
         .importance = Importance::must_be_kept});
}

void Announcer::on(const ReapedNote& note) noexcept {
  const std::array fields{EventField{"orphan", std::int64_t{static_cast<int>(note.pid)}}};
  const Sentence how = ending_words(note.status);
  const Sentence message("reaped process ", static_cast<int>(note.pid), ", an orphan that ",
                         how.text());
  state({.level = Level::warn, .event = "reaped", .message = message.text(), .fields = fields});
}

void Announcer::on(const DroppedNote& note) noexcept {
  const std::array fields{EventField{"count", static_cast<std::int64_t>(note.records)},
                          EventField{"own", static_cast<std::int64_t>(note.own)}};
  const Sentence own(", and ", note.own, " events of pmx-init");
  const Sentence message("stdout was full: ", note.records, " records were dropped",
                         note.own > 0 ? own.text() : std::string_view{});
  state({.level = Level::warn,
         .event = "dropped",
         .message = message.text(),
         .fields = fields,
         .importance = Importance::must_be_kept});
}

void Announcer::on(const RefusedNote& note) noexcept {
  if (termination_ != nullptr) termination_->refused(note.why);
  const std::array fields{EventField{"code", std::int64_t{note.code}}};
  state_at_length({.level = Level::error,
                   .event = "errored",
                   .message = note.why,
                   .fields = fields,
                   .instance = InstanceId{0},
                   .importance = Importance::must_be_kept});
}

void Announcer::on(const RemarkNote& note) noexcept {
  const Statement statement{.level = note.level,
                            .event = note.event,
                            .message = note.text,
                            .is_routine = note.is_routine};
  note.text.size() <= Sentence::kSize ? state(statement) : state_at_length(statement);
}

bool Announcer::is_wanted(const Statement& statement) const noexcept {
  const bool is_record = policy_.format != LogFormat::raw;
  // The exit of one command is the business of whoever reads the exit code, as with tini.
  const bool is_known = !is_record && !voice_.is_supervising && statement.event == "exited";
  if (is_known && voice_.verbosity <= 0) return false;
  if (statement.level == Level::error) return true;
  if (voice_.verbosity < 0) return false;
  if (statement.level == Level::warn) return true;
  if (voice_.quiet) return false;
  if (statement.level == Level::debug) return voice_.verbosity >= kDebugVerbosity;
  return voice_.verbosity >= 1 || (statement.is_routine && is_record);
}

void Announcer::state(const Statement& statement) noexcept {
  std::array<char, 2'048> bytes;
  write(statement, bytes);
}

// Not inlined: a sentence needs no room for a stack trace.
[[gnu::noinline]] void Announcer::state_at_length(const Statement& statement) noexcept {
  std::array<char, 16'384> bytes;
  write(statement, bytes);
}

void Announcer::write(const Statement& statement, std::span<char> bytes) noexcept {
  if (!is_wanted(statement)) return;
  if (policy_.format == LogFormat::raw) {
    if (!voice_.is_supervising || !statement.instance) return complain(statement.message);
    const Place& place = roster_[*statement.instance];
    return complain(Sentence(place.app->name, "[", place.number, "]: ").text(), statement.message);
  }

  EventRecord record{.time = os::wall_now(),
                     .level = statement.level,
                     .subject = std::nullopt,
                     .event = statement.event,
                     .fields = statement.fields,
                     .message = statement.message};
  if (statement.instance) {
    const Place& place = roster_[*statement.instance];
    record.subject = EventSubject{place.app->name, place.number, statement.pid, place.known_as};
  }
  const std::size_t size = policy_.format == LogFormat::json
                               ? write_json_event(record, policy_, bytes)
                               : write_text_event(record, voice_.name, bytes);
  sink_.offer({bytes.data(), size}, statement.importance);
}

void Announcer::complain(std::string_view sentence) noexcept { complain({}, sentence); }

void Announcer::complain(std::string_view subject, std::string_view sentence) noexcept {
  using Line = FixedText<4'096>;  // what a pipe takes as a whole
  const std::string_view between = ": ";
  const std::size_t room = Line::kSize - voice_.name.size() - between.size() - subject.size() - 1;
  const Line line(voice_.name, between, subject, sentence.substr(0, room), "\n");
  // A terminal takes it in pieces.
  static_cast<void>(stderr_.write_all(line.text(), Duration::zero()));
}

}  // namespace pmx::runtime
