#include "os/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "os/pipe.h"

namespace pmx::os {
namespace {

constexpr int kAnswer = STDERR_FILENO + 1;

void keep_only(int answer) noexcept {
  if (answer != kAnswer) ::dup2(answer, kAnswer);
  ::fcntl(kAnswer, F_SETFD, FD_CLOEXEC);
  if (::syscall(SYS_close_range, kAnswer + 1, ~0U, 0) == 0) return;
  const long most = ::sysconf(_SC_OPEN_MAX);  // before Linux 5.9
  for (int fd = kAnswer + 1; fd < most; ++fd) ::close(fd);
}

void write_all(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t count = ::write(kAnswer, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

std::expected<Worker, OsError> start_worker(const std::function<std::string()>& work) {
  auto pipe = make_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return std::unexpected(OsError::last("fork"));
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    keep_only(pipe->write_end.get());
    write_all(work());
    ::_exit(0);
  }
  return Worker{Pid{pid}, std::move(pipe->read_end)};
}

}  // namespace pmx::os
