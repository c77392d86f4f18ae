// Sets of signals as the kernel sees them: bit n-1 is signal n. The C libraries hide two or three
// real-time signals from sigset_t; an init must forward those too (rt_sigprocmask(2)).
#pragma once

#include <cstdint>
#include <expected>

#include "base/ids.h"
#include "base/signals.h"
#include "os/os_error.h"

namespace pmx::os {

class SignalMask {
 public:
  [[nodiscard]] static constexpr SignalMask none() noexcept { return SignalMask{0}; }
  [[nodiscard]] static constexpr SignalMask all() noexcept { return SignalMask{~std::uint64_t{0}}; }

  [[nodiscard]] constexpr SignalMask without(SignalNumber signal) const noexcept {
    return SignalMask{bits_ & ~(std::uint64_t{1} << (number(signal) - 1))};
  }
  [[nodiscard]] const std::uint64_t& bits() const noexcept { return bits_; }

  // Blocks exactly these in this process; returns those that were blocked before.
  [[nodiscard]] std::expected<SignalMask, OsError> install() const noexcept;

 private:
  explicit constexpr SignalMask(std::uint64_t bits) noexcept : bits_(bits) {}
  std::uint64_t bits_;
};

// This signal's disposition becomes the default. A caller that ignores SIGCHLD would otherwise have
// dead children vanish unseen.
void restore_default_disposition(SignalNumber signal) noexcept;

// Every signal's disposition becomes the default, ignored ones included: exec would keep those.
void restore_default_dispositions() noexcept;

}  // namespace pmx::os
