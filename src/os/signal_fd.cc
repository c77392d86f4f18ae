#include "os/signal_fd.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace pmx::os {

std::expected<SignalFd, OsError> SignalFd::open(const SignalMask& signals) noexcept {
  const std::uint64_t bits = signals.bits();
  const auto fd = static_cast<int>(
      ::syscall(SYS_signalfd4, -1, &bits, sizeof bits, SFD_CLOEXEC | SFD_NONBLOCK));
  if (fd < 0) return std::unexpected(OsError::last("signalfd4"));
  return SignalFd{UniqueFd{fd}};
}

std::span<const signalfd_siginfo> SignalFd::read() noexcept {
  const ssize_t bytes = ::read(fd_.get(), batch_.data(), sizeof batch_);
  if (bytes <= 0) return {};
  return {batch_.data(), static_cast<std::size_t>(bytes) / sizeof(signalfd_siginfo)};
}

}  // namespace pmx::os
