#include "runtime/announcer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "base/fixed_text.h"
#include "base/signals.h"
#include "codec/event_record.h"
#include "os/clock.h"
#include "runtime/spawn_failure.h"

namespace pmx::runtime {
namespace {

using Sentence = FixedText<512>;

constexpr int kDebugVerbosity = 2;

Sentence ending(ExitStatus status) noexcept {
  if (status.signal != 0)
    return Sentence("was ended by ", signal_name(SignalNumber{status.signal}));
  return Sentence("exited with code ", status.code);
}

}  // namespace

// Everything about one thing to say.
struct Announcer::Statement {
  Level level;
  std::string_view event;
  std::string_view message;
  std::span<const EventField> fields = {};
  std::optional<InstanceId> instance = std::nullopt;
  std::optional<Pid> pid = std::nullopt;
  bool is_routine = false;  // said unless we are to be quiet; other info only when verbose
  Importance importance = Importance::may_be_lost;
};

Announcer::Announcer(const Manifest& manifest, const Voice& voice, LogSink& sink)
    : manifest_(manifest), voice_(voice), sink_(sink), stderr_(2), policy_(manifest.log) {}

void Announcer::say(const Note& note) noexcept {
  std::visit([this](const auto& n) { on(n); }, note);
}

void Announcer::on(const StartedNote& note) noexcept {
  const App& app = manifest_.apps[static_cast<std::size_t>(note.instance)];
  const Sentence message("started ", app.process.arguments.front());
  state({.level = Level::info,
         .event = "started",
         .message = message.text(),
         .instance = note.instance,
         .pid = note.pid,
         .is_routine = true});
}

void Announcer::on(const StartFailedNote& note) noexcept {
  const App& app = manifest_.apps[static_cast<std::size_t>(note.instance)];
  const std::string why = describe_spawn_failure(note.error, app.process);
  const std::array fields{EventField{"code", std::int64_t{note.status.code}}};
  const Sentence message("cannot start ", app.name, ": ", why);
  state({.level = Level::error,
         .event = "errored",
         .message = message.text(),
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

  const Sentence how = ending(note.status);
  const Sentence message(how.text(), " after ", note.uptime.count(), " ms");
  state({.level = note.status.ok() || note.as_expected ? Level::info : Level::error,
         .event = "exited",
         .message = message.text(),
         .fields = fields,
         .instance = note.instance,
         .pid = note.pid,
         .is_routine = true,
         .importance = Importance::must_be_kept});
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
  const Sentence message("processes that were left did not end within ",
                         manifest_.end.grace.count(), " ms: sent ", signal_name(note.signal));
  state({.level = Level::warn,
         .event = "killed",
         .message = message.text(),
         .fields = fields,
         .importance = Importance::must_be_kept});
}

void Announcer::on(const ReapedNote& note) noexcept {
  const std::array fields{EventField{"orphan", std::int64_t{static_cast<int>(note.pid)}}};
  const Sentence how = ending(note.status);
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
  const std::array fields{EventField{"code", std::int64_t{note.code}}};
  state({.level = Level::error,
         .event = "errored",
         .message = note.why,
         .fields = fields,
         .instance = InstanceId{0},
         .importance = Importance::must_be_kept});
}

void Announcer::on(const RemarkNote& note) noexcept {
  state({.level = note.level, .event = note.event, .message = note.text});
}

bool Announcer::is_wanted(const Statement& statement) const noexcept {
  if (statement.level >= Level::warn) return true;
  if (voice_.quiet) return false;
  if (statement.level == Level::debug) return voice_.verbosity >= kDebugVerbosity;
  const bool is_record = policy_.format != LogFormat::raw;
  return voice_.verbosity >= 1 || (statement.is_routine && is_record);
}

void Announcer::state(const Statement& statement) noexcept {
  // In raw format an exit is the business of whoever reads the exit code, as with tini.
  const bool exit_in_raw = policy_.format == LogFormat::raw && statement.event == "exited";
  if (!is_wanted(statement) || (exit_in_raw && voice_.verbosity == 0)) return;
  if (policy_.format == LogFormat::raw) return complain(statement.message);

  EventRecord record{.time = os::wall_now(),
                     .level = statement.level,
                     .subject = std::nullopt,
                     .event = statement.event,
                     .fields = statement.fields,
                     .message = statement.message};
  if (statement.instance) {
    const App& app = manifest_.apps[static_cast<std::size_t>(*statement.instance)];
    record.subject = EventSubject{app.name, 0, statement.pid};
  }
  std::array<char, 2'048> bytes;
  const std::size_t size = policy_.format == LogFormat::json
                               ? write_json_event(record, policy_, bytes)
                               : write_text_event(record, voice_.name, bytes);
  sink_.offer({bytes.data(), size}, statement.importance);
}

void Announcer::complain(std::string_view sentence) noexcept {
  const Sentence line(voice_.name, ": ", sentence, "\n");
  static_cast<void>(stderr_.write(line.text()));
}

}  // namespace pmx::runtime
