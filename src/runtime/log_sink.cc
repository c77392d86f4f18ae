#include "runtime/log_sink.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace pmx::runtime {
namespace {

// What is written at once stays in the processor's cache beside what was read.
constexpr std::size_t kRoomForApps = 128 * 1024;
// Then our own events, and at the very end those that must not be lost.
constexpr std::size_t kRoomForEvents = 4 * 1024;
constexpr std::size_t kRoomForKept = 512 * 1024;  // 1,000 apps may end at once
// Where nothing will tell that it is worth while.
constexpr Duration kTryAgain{50};

}  // namespace

LogSink::LogSink(int fd, os::Poller& poller, std::size_t largest_record)
    : out_(fd),
      poller_(poller),
      largest_record_(largest_record),
      buffer_(largest_record == 0 ? 0
                                  : kRoomForApps + largest_record + kRoomForEvents + kRoomForKept) {
}

std::span<char> LogSink::room() noexcept {
  const std::size_t capacity = kRoomForApps + largest_record_;
  if (end_ + largest_record_ > capacity) compact();
  if (end_ + largest_record_ > capacity) return {};
  return {buffer_.get() + end_, capacity - end_};
}

void LogSink::commit(std::size_t bytes) noexcept {
  end_ += bytes;
  if (state_ != State::open) discard_from(begin_);
}

void LogSink::offer(std::string_view event, Importance importance) noexcept {
  std::size_t capacity = kRoomForApps + largest_record_ + kRoomForEvents;
  if (importance == Importance::must_be_kept) capacity += kRoomForKept;
  if (end_ + event.size() > capacity) compact();
  if (end_ + event.size() > capacity) {
    ++lost_events_;
    return;
  }
  std::memcpy(buffer_.get() + end_, event.data(), event.size());
  commit(event.size());
}

void LogSink::flush(Instant now) noexcept {
  while (!is_empty()) {
    const auto written = out_.write({buffer_.get() + begin_, end_ - begin_});
    if (!written && written.error().is_shortage()) return try_again_later(now);
    if (!written) {
      // A full disk may have room again; without a reader the app goes on without a log.
      last_error_ = written.error().number;
      const bool may_pass = written.error().may_pass();
      last_write_failed_ = may_pass;
      if (!may_pass) state_ = State::gone;
      discard_from(may_pass ? end_of_cut_record() : begin_);
      if (!is_empty()) return try_again_later(now);
      break;
    }
    if (*written == 0) return wait_for_room(now);
    begin_ += *written;
    last_write_failed_ = false;
    is_cut_ = buffer_.get()[begin_ - 1] != '\n';
    last_progress_ = now;
  }
  begin_ = end_ = 0;
  stop_waiting();
}

std::uint64_t LogSink::take_lost_events() noexcept { return std::exchange(lost_events_, 0); }

void LogSink::abandon() noexcept {
  state_ = State::abandoned;
  discard_from(begin_);
  stop_waiting();
}

void LogSink::discard_from(std::size_t begin) noexcept {
  discarded_ +=
      static_cast<std::uint64_t>(std::count(buffer_.get() + begin, buffer_.get() + end_, '\n'));
  end_ = begin;
  if (is_empty()) begin_ = end_ = 0;
}

// The next record must not go on in the middle of one.
std::size_t LogSink::end_of_cut_record() const noexcept {
  if (!is_cut_) return begin_;
  const char* const newline = std::find(buffer_.get() + begin_, buffer_.get() + end_, '\n');
  return static_cast<std::size_t>(newline + 1 - buffer_.get());
}

void LogSink::wait_for_room(Instant now) noexcept {
  blocked_ = true;
  try_again_at_.reset();
  if (is_watched_) return;
  const auto watched =
      poller_.watch(out_.fd(), os::Interest::writable, {os::Token::Kind::sink, 0, 0});
  is_watched_ = watched.has_value();
  if (!watched) try_again_at_ = now + kTryAgain;
}

// There is room, or never will be: watched, it would keep us awake.
void LogSink::try_again_later(Instant now) noexcept {
  stop_waiting();
  blocked_ = true;
  try_again_at_ = now + kTryAgain;
}

void LogSink::stop_waiting() noexcept {
  if (is_watched_) poller_.unwatch(out_.fd());
  is_watched_ = false;
  blocked_ = false;
  try_again_at_.reset();
}

void LogSink::compact() noexcept {
  if (begin_ == 0) return;
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= std::exchange(begin_, 0);
}

}  // namespace pmx::runtime
