// What is said of instances that are replaced or restarted although they run well enough.
#include <array>
#include <cstdint>
#include <string>

#include "runtime/announcer.h"
#include "runtime/exit_words.h"

namespace pmx::runtime {
namespace {

// "300.5 MiB", rounded down.
Sentence mebibytes(std::uint64_t bytes) noexcept {
  const std::uint64_t tenths = bytes / 1'024 * 10 / 1'024;
  return Sentence(tenths / 10, ".", tenths % 10, " MiB");
}

}  // namespace

void Announcer::on(const MemoryLimitNote& note) noexcept {
  const std::array fields{EventField{"memory_bytes", static_cast<std::int64_t>(note.bytes)},
                          EventField{"limit_bytes", static_cast<std::int64_t>(note.ceiling)}};
  const Sentence message("uses ", mebibytes(note.bytes).text(), ", more than the ",
                         mebibytes(note.ceiling).text(), " of max_memory_restart: restarting it");
  state({.level = Level::warn,
         .event = "memory-limit",
         .message = message.text(),
         .fields = fields,
         .instance = note.instance,
         .pid = note.pid});
}

void Announcer::on(const OomKilledNote& note) noexcept {
  const std::array fields{EventField{"limit_bytes", static_cast<std::int64_t>(note.limit)}};
  const Sentence of(" of ", mebibytes(note.limit).text());
  const Sentence message("was killed by the kernel: the container's memory",
                         note.limit == 0 ? "" : of.text(), " ran out");
  state({.level = Level::error,
         .event = "oom-killed",
         .message = message.text(),
         .fields = fields,
         .instance = note.instance,
         .pid = note.pid});
}

void Announcer::on(const ReloadingNote& note) noexcept {
  state({.level = Level::info,
         .event = "reloading",
         .message = "is being replaced: a successor is started beside it",
         .instance = note.instance,
         .is_routine = true});
}

void Announcer::on(const ReloadedNote& note) noexcept {
  state({.level = Level::info,
         .event = "reloaded",
         .message = "has taken over; the one before is gone",
         .instance = note.instance,
         .is_routine = true});
}

void Announcer::on(const ReloadFailedNote& note) noexcept {
  const std::string why =
      reload_failure_words(note.why, roster_[note.instance].app->life.listen_timeout);
  const Sentence others(", and ", note.others, " more are not replaced either");
  const Sentence message("the reload has failed: ", why,
                         note.is_restarted ? "; it is restarted" : "; it stays",
                         note.others > 0 ? others.text() : std::string_view{});
  state({.level = note.why == ReloadFailure::unwanted ? Level::info : Level::error,
         .event = "reload-failed",
         .message = message.text(),
         .instance = note.instance,
         .importance = Importance::must_be_kept});
}

void Announcer::on(const ScheduledNote& note) noexcept {
  state({.level = Level::info,
         .event = "restarting",
         .message = "it is time: cron_restart",
         .instance = note.instance,
         .is_routine = true});
}

}  // namespace pmx::runtime
