#include "runtime/announcer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <variant>

#include "codec/event_record.h"
#include "os/clock.h"
#include "runtime/spawn_failure.h"

namespace pmx::runtime {
namespace {

// One sentence, composed without allocating.
class Sentence {
 public:
  [[gnu::format(printf, 2, 3)]] explicit Sentence(const char* format, ...) noexcept {
    va_list arguments;
    va_start(arguments, format);
    const int size = std::vsnprintf(text_.data(), text_.size(), format, arguments);
    va_end(arguments);
    size_ = std::min(static_cast<std::size_t>(std::max(size, 0)), text_.size() - 1);
  }
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 512> text_{};
  std::size_t size_ = 0;
};

const char* c_name(SignalNumber signal) noexcept { return signal_name(signal).data(); }

Sentence ending(ExitStatus status) noexcept {
  if (status.signal != 0) return Sentence("was ended by %s", c_name(SignalNumber{status.signal}));
  return Sentence("exited with code %d", status.code);
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
  const Sentence message("started %s", app.process.arguments.front().c_str());
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
  const Sentence message("cannot start %s: %s", app.name.c_str(), why.c_str());
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
  const Sentence message("%s after %lld ms", how.text().data(),
                         static_cast<long long>(note.uptime.count()));
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
  const std::array fields{EventField{"signal", signal_name(note.received)}};
  const bool rewritten = note.received != note.sent;
  const Sentence message("%s was received and sent on%s%s", c_name(note.received),
                         rewritten ? " as " : "", rewritten ? c_name(note.sent) : "");
  state({.level = Level::debug, .event = "signal", .message = message.text(), .fields = fields});
}

void Announcer::on(const SignalFailedNote& note) noexcept {
  const std::array fields{EventField{"signal", signal_name(note.signal)}};
  const Sentence message("cannot send %s to process %d: errno %d%s", c_name(note.signal),
                         static_cast<int>(note.pid), note.error_number,
                         note.error_number == EPERM ? " (add the capability CAP_KILL)" : "");
  state({.level = Level::warn, .event = "signal", .message = message.text(), .fields = fields});
}

void Announcer::on(const StoppingOthersNote& note) noexcept {
  const std::array fields{EventField{"signal", signal_name(note.signal)}};
  const Sentence message("processes that were left did not end within %lld ms: sent %s",
                         static_cast<long long>(manifest_.end.grace.count()), c_name(note.signal));
  state({.level = Level::warn,
         .event = "killed",
         .message = message.text(),
         .fields = fields,
         .importance = Importance::must_be_kept});
}

void Announcer::on(const ReapedNote& note) noexcept {
  const std::array fields{EventField{"orphan", std::int64_t{static_cast<int>(note.pid)}}};
  const Sentence how = ending(note.status);
  const Sentence message("reaped process %d, an orphan that %s", static_cast<int>(note.pid),
                         how.text().data());
  state({.level = Level::warn, .event = "reaped", .message = message.text(), .fields = fields});
}

void Announcer::on(const DroppedNote& note) noexcept {
  const std::array fields{EventField{"count", static_cast<std::int64_t>(note.records)},
                          EventField{"own", static_cast<std::int64_t>(note.own)}};
  const Sentence own(", and %llu events of pmx-init", static_cast<unsigned long long>(note.own));
  const Sentence message("stdout was full: %llu records were dropped%s",
                         static_cast<unsigned long long>(note.records),
                         note.own > 0 ? own.text().data() : "");
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
  if (statement.level == Level::debug) return voice_.verbosity >= 2;
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
  const Sentence line("%.*s: %.*s\n", static_cast<int>(voice_.name.size()), voice_.name.data(),
                      static_cast<int>(sentence.size()), sentence.data());
  static_cast<void>(stderr_.write(line.text()));
}

}  // namespace pmx::runtime
