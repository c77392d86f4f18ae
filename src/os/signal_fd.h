// Signals as something to read (signalfd(2)), instead of something that interrupts.
#pragma once

#include <sys/signalfd.h>

#include <array>
#include <expected>
#include <span>

#include "os/os_error.h"
#include "os/signal_mask.h"
#include "os/unique_fd.h"

namespace pmx::os {

class SignalFd {
 public:
  // The signals must be blocked already.
  [[nodiscard]] static std::expected<SignalFd, OsError> open(const SignalMask& signals) noexcept;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  // Those that are pending now, in the kernel's order; empty when there are none. The result
  // stays valid until the next call.
  [[nodiscard]] std::span<const signalfd_siginfo> read() noexcept;

 private:
  explicit SignalFd(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

  UniqueFd fd_;
  std::array<signalfd_siginfo, 16> batch_{};
};

}  // namespace pmx::os
