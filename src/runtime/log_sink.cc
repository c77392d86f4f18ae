#include "runtime/log_sink.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace pmx::runtime {
namespace {

// Half a megabyte goes to a pipe in one call and stays in the processor's cache on the way.
constexpr std::size_t kRoomForApps = 512 * 1024;
// Then our own events, and at the very end those that must not be lost.
constexpr std::size_t kRoomForEvents = 4 * 1024;
constexpr std::size_t kRoomForKept = 4 * 1024;

}  // namespace

LogSink::LogSink(int fd, os::Poller& poller, std::size_t largest_record)
    : out_(fd),
      poller_(poller),
      largest_record_(largest_record),
      buffer_(kRoomForApps + largest_record + kRoomForEvents + kRoomForKept) {}

std::span<char> LogSink::room() noexcept {
  const std::size_t capacity = kRoomForApps + largest_record_;
  if (end_ + largest_record_ > capacity) compact();
  if (end_ + largest_record_ > capacity) return {};
  return {buffer_.get() + end_, capacity - end_};
}

void LogSink::commit(std::size_t bytes) noexcept {
  end_ += bytes;
  if (state_ != State::open) discard_all();
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
    if (!written) {
      // A full disk may have room again; without a reader the app goes on without a log.
      if (!written.error().may_pass()) state_ = State::gone;
      discard_all();
      break;
    }
    if (*written == 0) return set_blocked(true);
    begin_ += *written;
    last_progress_ = now;
  }
  begin_ = end_ = 0;
  set_blocked(false);
}

std::uint64_t LogSink::take_lost_events() noexcept { return std::exchange(lost_events_, 0); }

void LogSink::abandon() noexcept {
  state_ = State::abandoned;
  discard_all();
  set_blocked(false);
}

void LogSink::discard_all() noexcept {
  discarded_ +=
      static_cast<std::uint64_t>(std::count(buffer_.get() + begin_, buffer_.get() + end_, '\n'));
  begin_ = end_ = 0;
}

void LogSink::set_blocked(bool blocked) noexcept {
  if (blocked == blocked_) return;
  blocked_ = blocked;
  if (!blocked) return poller_.unwatch(out_.fd());
  // A file that cannot be watched never makes its writer wait.
  static_cast<void>(
      poller_.watch(out_.fd(), os::Interest::writable, {os::Token::Kind::sink, 0, 0}));
}

void LogSink::compact() noexcept {
  if (begin_ == 0) return;
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= std::exchange(begin_, 0);
}

}  // namespace pmx::runtime
