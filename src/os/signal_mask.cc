#include "os/signal_mask.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pmx::os {
namespace {

constexpr std::size_t kKernelSetSize = 8;

// The kernel's struct sigaction. All zero: SIG_DFL, no flags, nothing blocked meanwhile. The
// layout differs between architectures, its size does not exceed this.
struct KernelAction {
  std::uint64_t words[4];
};

}  // namespace

std::expected<SignalMask, OsError> SignalMask::install() const noexcept {
  std::uint64_t before = 0;
  if (::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &bits_, &before, kKernelSetSize) < 0) {
    return std::unexpected(OsError::last("rt_sigprocmask"));
  }
  return SignalMask{before};
}

void restore_default_disposition(SignalNumber signal) noexcept {
  const KernelAction by_default{};
  ::syscall(SYS_rt_sigaction, number(signal), &by_default, nullptr, kKernelSetSize);
}

void restore_default_dispositions() noexcept {
  for (int n = 1; n <= kSignalCount; ++n) restore_default_disposition(SignalNumber{n});
}

}  // namespace pmx::os
