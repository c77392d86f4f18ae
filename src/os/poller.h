// One level-triggered epoll. It hands out tokens, never pointers.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "base/time.h"
#include "os/os_error.h"
#include "os/unique_fd.h"

namespace pmx::os {

// What a descriptor is to the loop. The generation tells a replaced descriptor's late event apart.
struct Token {
  enum class Kind : std::uint8_t { signals, child_output, sink };
  Kind kind{};
  std::uint16_t slot = 0;
  std::uint32_t generation = 0;

  friend bool operator==(const Token&, const Token&) = default;
};

enum class Interest : std::uint8_t { readable, writable };

class Poller {
 public:
  [[nodiscard]] static std::expected<Poller, OsError> create() noexcept;

  // EPERM: a kind of file that is always ready; ENOMEM, ENOSPC: not now (epoll_ctl(2)).
  [[nodiscard]] std::expected<void, OsError> watch(int fd, Interest interest, Token token) noexcept;
  void unwatch(int fd) noexcept;

  // Sleeps until something is ready or the deadline has passed; without one, for as long as it
  // takes. What is ready is in ready() until the next call.
  void wait_until(std::optional<Instant> deadline) noexcept;

  [[nodiscard]] bool has(Token::Kind kind) const noexcept;

  // Calls `take` with the token of each ready descriptor of this kind.
  template <class Take>
  void each(Token::Kind kind, Take take) const {
    for (const epoll_event& event : ready()) {
      const Token token = unpack(event.data.u64);
      if (token.kind == kind) take(token);
    }
  }

 private:
  explicit Poller(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

  [[nodiscard]] std::span<const epoll_event> ready() const noexcept {
    return {events_.data(), count_};
  }
  [[nodiscard]] static Token unpack(std::uint64_t packed) noexcept;

  UniqueFd fd_;
  std::array<epoll_event, 64> events_{};
  std::size_t count_ = 0;
};

}  // namespace pmx::os
