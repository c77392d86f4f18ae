#include "os/pipe.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace pmx::os {

std::expected<Pipe, OsError> make_pipe() noexcept {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) return std::unexpected(OsError::last("pipe2"));
  Pipe pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
  // Only our end: the two are separate open descriptions, and a program does not expect EAGAIN.
  if (::fcntl(ends[0], F_SETFL, O_RDONLY | O_NONBLOCK) < 0) {
    return std::unexpected(OsError::last("fcntl(F_SETFL)"));
  }
  return pipe;
}

void enlarge_pipe(int fd, std::size_t bytes) noexcept {
  // EPERM: it is more than fs.pipe-max-size, or than what the user may have.
  while (bytes > kUsualPipe && ::fcntl(fd, F_SETPIPE_SZ, static_cast<int>(bytes)) < 0) bytes /= 2;
}

void give_pipe_to(int fd, unsigned user) noexcept {
  if (::fchown(fd, user, static_cast<gid_t>(-1)) < 0) ::fchmod(fd, 0666);
}

std::optional<std::size_t> read_available(int fd, std::span<char> into) noexcept {
  ssize_t size;
  do {
    size = ::read(fd, into.data(), into.size());
  } while (size < 0 && errno == EINTR);
  if (size >= 0) return static_cast<std::size_t>(size);
  if (errno == EAGAIN) return std::nullopt;
  return 0;  // a descriptor that cannot be read has come to its end
}

std::expected<std::size_t, OsError> tee_available(int from, int to, std::size_t limit) noexcept {
  const ssize_t size = ::tee(from, to, limit, SPLICE_F_NONBLOCK);
  if (size < 0) return std::unexpected(OsError::last("tee"));
  return static_cast<std::size_t>(size);
}

void never_block(int fd) noexcept { ::fcntl(fd, F_SETFL, O_WRONLY | O_NONBLOCK); }

bool write_available(int fd, std::string_view bytes) noexcept {
  return ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

std::size_t bytes_waiting(int fd) noexcept {
  int bytes = 0;
  if (::ioctl(fd, FIONREAD, &bytes) < 0) return kLargestPipe;
  return static_cast<std::size_t>(bytes);
}

}  // namespace pmx::os
