// An app's plain lines, besides the log, into files: `out_file`, `error_file` and `log_file`. Each
// instance's are written by a worker, because a volume may hang and PID 1 must not.
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "core/log_files.h"
#include "core/roster.h"
#include "os/os_error.h"
#include "os/poller.h"
#include "os/unique_fd.h"
#include "runtime/announcer.h"

namespace pmx::runtime {

// The kernel copies from pipe to pipe; what does not fit yet is not read, so the app waits, as it
// does for stdout. A worker that has taken nothing for kPatience is not waited for any more, until
// it does.
class FileWriters {
 public:
  static constexpr Duration kPatience{5'000};

  FileWriters(const Roster& roster, os::Poller& poller, Announcer& announcer);

  void make_room(std::size_t instances) { writers_.resize(instances); }

  // A process of the instance is about to write. True when a worker was started.
  [[nodiscard]] bool prepare(InstanceId instance) noexcept;
  // Nobody means the instance any more.
  void forget(InstanceId instance) noexcept { shut(at(instance)); }

  // How many bytes may be read from `pipe` now, at most `limit`: those have been passed on. 0: its
  // stream must wait until pump() tells.
  [[nodiscard]] std::size_t pass(InstanceId instance, Stream stream, int pipe, std::size_t limit,
                                 Instant now) noexcept;

  // What was read then.
  void passed(InstanceId instance, Stream stream, std::string_view bytes) noexcept;
  // What is passed on next begins a line, also where the last one had no end.
  void end_line(InstanceId instance, Stream stream) noexcept;

  [[nodiscard]] bool has_work() const noexcept {
    return poller_.has(os::Token::Kind::file_writer) || next_look_;
  }
  // Calls `go_on(instance)` where a stream need not wait any longer.
  template <class GoOn>
  [[gnu::noinline]] void pump(Instant now, GoOn go_on) noexcept {
    poller_.each(os::Token::Kind::file_writer, [&](os::Token token) {
      const InstanceId instance{token.slot / 4U};
      const unsigned part = token.slot % 4U;
      if (part == kAnswer) return hear(instance);
      end_wait(instance, part);
      go_on(instance);
    });
    lose_patience(now, go_on);
  }
  [[nodiscard]] std::optional<Instant> deadline() const noexcept { return next_look_; }

  // Nothing more is passed on, and no stream need wait: the workers finish what they have, and end.
  void close() noexcept;
  // Whether that was one of them.
  bool ended(Pid pid) noexcept;
  [[nodiscard]] bool are_there() const noexcept { return !workers_.empty(); }
  [[nodiscard]] std::span<const Pid> workers() const noexcept { return workers_; }

 private:
  static constexpr unsigned kAnswer = 2;  // beside the two streams

  struct Way {
    os::UniqueFd pipe;
    std::optional<Instant> full_since;
    bool is_given_up = false;
    bool is_in_line = false;
    bool owes_line_end = false;
  };
  struct Writer {
    LogFiles files;
    unsigned id;              // in their names
    std::array<Way, 2> ways;  // by Stream
    os::UniqueFd answer;
  };

  [[nodiscard]] std::unique_ptr<Writer>& at(InstanceId instance) noexcept {
    return writers_[static_cast<std::size_t>(instance)];
  }
  // Null: its lines are appended nowhere.
  [[nodiscard]] Way* way(InstanceId instance, unsigned stream) noexcept {
    Writer* const writer = at(instance).get();
    return writer == nullptr ? nullptr : &writer->ways[stream];
  }
  [[nodiscard]] static os::Token token(InstanceId instance, unsigned part) noexcept;
  [[nodiscard]] std::expected<void, os::OsError> start(InstanceId instance,
                                                       Writer& writer) noexcept;
  void shut(std::unique_ptr<Writer>& writer) noexcept;
  static void pay_line_end(Way& to) noexcept;
  [[nodiscard]] bool begin_wait(InstanceId instance, unsigned stream, Instant now) noexcept;
  void end_wait(InstanceId instance, unsigned stream) noexcept;
  template <class GoOn>
  void lose_patience(Instant now, GoOn go_on) noexcept {
    if (!next_look_ || *next_look_ > now) return;
    next_look_.reset();
    for (unsigned i = 0; i < writers_.size() * 2; ++i) {
      const InstanceId instance{i / 2};
      if (gives_up(instance, i % 2, now)) go_on(instance);
    }
  }
  [[nodiscard]] bool gives_up(InstanceId instance, unsigned stream, Instant now) noexcept;
  void look_at(Instant moment) noexcept;
  void hear(InstanceId instance) noexcept;
  void say(InstanceId instance, std::string_view text) noexcept;

  const Roster& roster_;
  os::Poller& poller_;
  Announcer& announcer_;
  std::vector<std::unique_ptr<Writer>> writers_;  // by InstanceId; of who has files
  std::vector<Pid> workers_;                      // those of before that have not ended yet, too
  std::optional<Instant> next_look_;
};

}  // namespace pmx::runtime
