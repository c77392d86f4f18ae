#include "os/poller.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "os/clock.h"

namespace pmx::os {
namespace {

std::uint64_t pack(Token token) noexcept {
  return std::uint64_t{static_cast<std::uint8_t>(token.kind)} << 48 |
         std::uint64_t{token.slot} << 32 | token.generation;
}

// The deadline rounded up, so that it has passed when the sleep is over.
int milliseconds_until(std::optional<Instant> deadline) noexcept {
  if (!deadline) return -1;
  const auto left = (*deadline - monotonic_now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left + 1, 0, std::numeric_limits<int>::max()));
}

}  // namespace

std::expected<Poller, OsError> Poller::create() noexcept {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) return std::unexpected(OsError::last("epoll_create1"));
  return Poller{UniqueFd{fd}};
}

std::expected<void, OsError> Poller::watch(int fd, Interest interest, Token token) noexcept {
  epoll_event event{};
  event.events = interest == Interest::readable ? EPOLLIN : EPOLLOUT;
  event.data.u64 = pack(token);
  if (::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) < 0 && errno != EEXIST) {
    return std::unexpected(OsError::last("epoll_ctl"));
  }
  return {};
}

void Poller::unwatch(int fd) noexcept { ::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void Poller::wait_until(std::optional<Instant> deadline) noexcept {
  const int count = ::epoll_wait(fd_.get(), events_.data(), static_cast<int>(events_.size()),
                                 milliseconds_until(deadline));
  count_ = count < 0 ? 0 : static_cast<std::size_t>(count);
}

bool Poller::has(Token::Kind kind) const noexcept {
  return std::ranges::any_of(
      ready(), [&](const epoll_event& event) { return unpack(event.data.u64).kind == kind; });
}

Token Poller::unpack(std::uint64_t packed) noexcept {
  return {static_cast<Token::Kind>(packed >> 48), static_cast<std::uint16_t>(packed >> 32 & 0xFFFF),
          static_cast<std::uint32_t>(packed & 0xFFFF'FFFF)};
}

}  // namespace pmx::os
