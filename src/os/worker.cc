#include "os/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "os/pipe.h"
#include "os/scheduling.h"

namespace pmx::os {
namespace {

constexpr int kAnswer = kFirstHanded - 1;

// First out of each other's way, then each to its number.
void keep_only(int answer, std::span<const int> handed) noexcept {
  const auto count = static_cast<int>(handed.size());
  const int behind = kFirstHanded + count;
  std::array<int, 1 + kMostHanded> copies{::fcntl(answer, F_DUPFD, behind)};
  for (int i = 0; i < count; ++i) copies[1 + i] = ::fcntl(handed[i], F_DUPFD, behind);
  for (int i = 0; i <= count; ++i) ::dup2(copies[i], kAnswer + i);
  ::fcntl(kAnswer, F_SETFD, FD_CLOEXEC);
  if (::syscall(SYS_close_range, behind, ~0U, 0) == 0) return;
  const long most = ::sysconf(_SC_OPEN_MAX);  // before Linux 5.9
  for (int fd = behind; fd < most; ++fd) ::close(fd);
}

}  // namespace

void tell(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t count = ::write(kAnswer, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::expected<Worker, OsError> start_worker(const std::function<void()>& work,
                                            std::span<const int> handed) {
  auto pipe = make_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return std::unexpected(OsError::last("fork"));
  if (pid == 0) {
    schedule_as_usual();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    keep_only(pipe->write_end.get(), handed);
    work();
    ::_exit(0);
  }
  return Worker{Pid{pid}, std::move(pipe->read_end)};
}

}  // namespace pmx::os
