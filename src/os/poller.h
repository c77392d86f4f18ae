// The one place where we sleep: until a descriptor is ready, a signal has come, or time is up. One
// level-triggered epoll, which hands out tokens, never pointers. While no descriptor is watched it
// does without: sigtimedwait(2) is then one system call less on a signal's way, and nothing to
// make.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "base/ids.h"
#include "base/time.h"
#include "os/os_error.h"
#include "os/signal_mask.h"
#include "os/unique_fd.h"

namespace pmx::os {

// What a descriptor is to the loop. The generation tells a replaced descriptor's late event apart.
struct Token {
  enum class Kind : std::uint8_t {
    signals,
    child_output,
    channel,
    cluster_listener,
    sink,
    control_listener,
    control_client,
    manifest_reader,
    probe,
    notify,
    wall_timer,
    file_writer
  };
  Kind kind{};
  std::uint16_t slot = 0;
  std::uint32_t generation = 0;

  friend bool operator==(const Token&, const Token&) = default;
};

// `end`: nothing but that the other side has gone for good, of which everybody is told who watches.
enum class Interest : std::uint8_t { readable, writable, both, end };

struct SignalArrived {
  SignalNumber number;
  Pid sender;  // 0: the kernel, or somebody whom we cannot see
};

class Poller {
 public:
  // Of these signals it tells. They must be blocked.
  explicit Poller(SignalMask signals) noexcept : mask_(signals) {}

  // EPERM: a kind of file that is always ready; ENOMEM, ENOSPC, EMFILE…: not now (epoll_ctl(2)).
  [[nodiscard]] std::expected<void, OsError> watch(int fd, Interest interest, Token token) noexcept;
  void unwatch(int fd) noexcept;

  // Sleeps until something is ready or the deadline has passed; without one, for as long as it
  // takes. What is ready and which signals came can be asked until the next call; what does not
  // fit comes with that.
  void wait_until(std::optional<Instant> deadline) noexcept;

  // In the kernel's order.
  [[nodiscard]] std::span<const SignalArrived> signals() const noexcept {
    return {signals_.data(), signal_count_};
  }
  static constexpr std::size_t kMostSignals = 8;

  // And no descriptor is ready.
  [[nodiscard]] bool has_only_signals() const noexcept {
    return signal_count_ > 0 && event_count_ <= 1;
  }

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
  [[nodiscard]] std::span<const epoll_event> ready() const noexcept {
    return {events_.data(), event_count_};
  }
  [[nodiscard]] static Token unpack(std::uint64_t packed) noexcept;

  [[nodiscard]] std::expected<void, OsError> open() noexcept;
  [[nodiscard]] std::expected<void, OsError> add(int fd, Interest interest, Token token) noexcept;
  void wait_for_signal(std::optional<Instant> deadline) noexcept;
  void read_signals() noexcept;

  SignalMask mask_;
  UniqueFd epoll_;
  UniqueFd signal_fd_;
  std::size_t event_count_ = 0;
  std::size_t signal_count_ = 0;
  std::array<SignalArrived, kMostSignals> signals_;  // as many as counted, and so the next
  std::array<epoll_event, 32> events_;
};

}  // namespace pmx::os
