#include "os/poller.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <limits>

#include "os/clock.h"

namespace pmx::os {
namespace {

constexpr Token kSignals{Token::Kind::signals, 0, 0};

std::uint64_t pack(Token token) noexcept {
  return std::uint64_t{static_cast<std::uint8_t>(token.kind)} << 48 |
         std::uint64_t{token.slot} << 32 | token.generation;
}

// `now` is never ahead of the clock, so the deadline has passed when the sleep is over.
Duration time_until(Instant deadline) noexcept {
  const Duration left = deadline - monotonic_now();
  return std::clamp(left, Duration{0}, Duration{std::numeric_limits<int>::max()});
}

}  // namespace

std::expected<void, OsError> Poller::watch(int fd, Interest interest, Token token) noexcept {
  if (!epoll_) {
    if (auto opened = open(); !opened) return opened;
  }
  return add(fd, interest, token);
}

void Poller::unwatch(int fd) noexcept { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void Poller::wait_until(std::optional<Instant> deadline) noexcept {
  event_count_ = 0;
  signal_count_ = 0;
  if (!epoll_) return wait_for_signal(deadline);
  const int timeout = deadline ? static_cast<int>(time_until(*deadline).count()) : -1;
  const int count =
      ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout);
  event_count_ = count < 0 ? 0 : static_cast<std::size_t>(count);
  if (has(Token::Kind::signals)) read_signals();
}

bool Poller::has(Token::Kind kind) const noexcept {
  return std::ranges::any_of(
      ready(), [&](const epoll_event& event) { return unpack(event.data.u64).kind == kind; });
}

Token Poller::unpack(std::uint64_t packed) noexcept {
  return {static_cast<Token::Kind>(packed >> 48), static_cast<std::uint16_t>(packed >> 32 & 0xFFFF),
          static_cast<std::uint32_t>(packed & 0xFFFF'FFFF)};
}

// Both or none: without signals it must not sleep.
std::expected<void, OsError> Poller::open() noexcept {
  epoll_ = UniqueFd{::epoll_create1(EPOLL_CLOEXEC)};
  if (!epoll_) return std::unexpected(OsError::last("epoll_create1"));
  // By system call: the C libraries' sigset_t hides some signals.
  const std::uint64_t bits = mask_.bits();
  signal_fd_ = UniqueFd{static_cast<int>(
      ::syscall(SYS_signalfd4, -1, &bits, sizeof bits, SFD_CLOEXEC | SFD_NONBLOCK))};
  std::expected<void, OsError> opened = signal_fd_
                                            ? add(signal_fd_.get(), Interest::readable, kSignals)
                                            : std::unexpected(OsError::last("signalfd4"));
  if (!opened) {
    signal_fd_.reset();
    epoll_.reset();
  }
  return opened;
}

std::expected<void, OsError> Poller::add(int fd, Interest interest, Token token) noexcept {
  epoll_event event{};
  const bool is_both = interest == Interest::both;
  if (is_both || interest == Interest::readable) event.events |= EPOLLIN;
  if (is_both || interest == Interest::writable) event.events |= EPOLLOUT;
  event.data.u64 = pack(token);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0 && errno != EEXIST) {
    return std::unexpected(OsError::last("epoll_ctl"));
  }
  return {};
}

void Poller::wait_for_signal(std::optional<Instant> deadline) noexcept {
  const auto left = std::chrono::milliseconds{deadline ? time_until(*deadline) : Duration{0}};
  const timespec limit{left.count() / 1'000, left.count() % 1'000 * 1'000'000};
  const std::uint64_t bits = mask_.bits();
  siginfo_t info;
  const long number =
      ::syscall(SYS_rt_sigtimedwait, &bits, &info, deadline ? &limit : nullptr, sizeof bits);
  if (number <= 0) return;
  signals_[0] = {SignalNumber{static_cast<int>(number)}, Pid{info.si_pid}};
  signal_count_ = 1;
}

void Poller::read_signals() noexcept {
  std::array<signalfd_siginfo, kMostSignals> batch;
  const ssize_t bytes = ::read(signal_fd_.get(), batch.data(), sizeof batch);
  if (bytes < 0) return;
  signal_count_ = static_cast<std::size_t>(bytes) / sizeof(signalfd_siginfo);
  for (std::size_t i = 0; i < signal_count_; ++i) {
    signals_[i] = {SignalNumber{static_cast<int>(batch[i].ssi_signo)},
                   Pid{static_cast<int>(batch[i].ssi_pid)}};
  }
}

}  // namespace pmx::os
