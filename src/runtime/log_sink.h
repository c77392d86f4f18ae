// The way to stdout: a bounded buffer that is written without ever waiting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/time.h"
#include "os/output_fd.h"
#include "os/page_buffer.h"
#include "os/poller.h"

namespace pmx::runtime {

// What becomes of an event of ours when there is no room: it is lost and counted, or it takes
// what is kept back for it (`exited` and `killed`).
enum class Importance : unsigned char { may_be_lost, must_be_kept };

// Holds whole records only. When stdout takes no more, app records have no room, so their writers
// wait; once stdout is gone, everything is taken and discarded, counted.
class LogSink {
 public:
  // Allocates the buffer; untouched, it costs nothing. `largest_record` includes the newline; 0 is
  // for a sink that nothing will go through, and allocates nothing.
  LogSink(int fd, os::Poller& poller, std::size_t largest_record);

  [[nodiscard]] std::size_t largest_record() const noexcept { return largest_record_; }

  // Room for app records: at least the largest record, or none at all.
  [[nodiscard]] std::span<char> room() noexcept;
  void commit(std::size_t bytes) noexcept;

  void offer(std::string_view event, Importance importance) noexcept;

  // Writes what stdout takes now.
  [[gnu::noinline]] void flush(Instant now) noexcept;
  // When to flush although epoll will not tell that there is room.
  [[nodiscard]] std::optional<Instant> deadline() const noexcept { return try_again_at_; }

  [[nodiscard]] bool is_empty() const noexcept { return begin_ == end_; }
  [[nodiscard]] bool is_blocked() const noexcept { return blocked_; }
  [[nodiscard]] Instant last_progress() const noexcept { return last_progress_; }

  // Events of ours that found no room since the last call.
  [[nodiscard]] std::uint64_t take_lost_events() noexcept;

  // Records that a full disk has cost, since the last call.
  [[nodiscard]] std::uint64_t take_discarded() noexcept {
    return discarded_ - std::exchange(told_, discarded_);
  }

  // Nothing more is written: what is here and what comes is discarded, and counted as left.
  void abandon() noexcept;
  [[nodiscard]] std::uint64_t records_left() const noexcept { return discarded_; }
  [[nodiscard]] bool was_abandoned() const noexcept { return state_ == State::abandoned; }
  // What is offered may still be written.
  [[nodiscard]] bool is_open() const noexcept { return state_ == State::open; }
  // The last write failed, as on a full disk; another may not.
  [[nodiscard]] bool last_write_failed() const noexcept { return last_write_failed_; }
  // The errno of the write that last cost records; 0 if none has.
  [[nodiscard]] int last_error() const noexcept { return last_error_; }

  void enlarge_pipe(std::size_t bytes) noexcept { out_.enlarge(bytes); }

 private:
  enum class State : unsigned char { open, gone, abandoned };

  void discard_from(std::size_t begin) noexcept;
  [[nodiscard]] std::size_t end_of_cut_record() const noexcept;
  void wait_for_room(Instant now) noexcept;
  void try_again_later(Instant now) noexcept;
  void stop_waiting() noexcept;
  void compact() noexcept;

  os::OutputFd out_;
  os::Poller& poller_;
  std::size_t largest_record_;
  os::PageBuffer buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool is_cut_ = false;  // stdout has the first part of the record at begin_ already
  State state_ = State::open;
  bool blocked_ = false;
  bool last_write_failed_ = false;
  bool is_watched_ = false;
  std::optional<Instant> try_again_at_;
  Instant last_progress_{};
  int last_error_ = 0;
  std::uint64_t discarded_ = 0;  // records
  std::uint64_t told_ = 0;       // of these
  std::uint64_t lost_events_ = 0;
};

}  // namespace pmx::runtime
