#include "os/output_fd.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/fixed_text.h"

namespace pmx::os {
namespace {

constexpr int kNoWait = 0x8;  // RWF_NOWAIT; older headers lack it

// A terminal that counts as writable has room for 256 bytes, which it takes as one: it makes us
// wait behind them, within the same write, where it has to treat a byte by itself (termios(3),
// OPOST: "\n" becomes "\r\n").
std::size_t terminal_piece(std::string_view bytes) noexcept {
  constexpr std::size_t kMost = 128;
  const auto is_control = [](char byte) { return byte >= 0 && byte < ' '; };
  const std::string_view piece = bytes.substr(0, kMost);
  const auto plain = std::ranges::find_if(piece, is_control) - piece.begin();
  return std::max<std::size_t>(1, static_cast<std::size_t>(plain));
}

// The fifth argument is the upper half of the offset on 32-bit machines; -1 is "where it stands".
ssize_t write_without_waiting(int fd, std::string_view bytes) noexcept {
  const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  return ::syscall(SYS_pwritev2, fd, &piece, 1, -1L, -1L, kNoWait);
}

// Older kernels; and seccomp profiles that do not know the call.
bool is_refused(int error) noexcept {
  return error == EOPNOTSUPP || error == ENOSYS || error == EPERM || error == EACCES;
}

bool has_room(int fd) noexcept {
  pollfd waiting{fd, POLLOUT, 0};
  return ::poll(&waiting, 1, 0) > 0;
}

}  // namespace

bool WriteFailed::is_shortage() const noexcept { return number == ENOMEM || number == ENOBUFS; }

bool WriteFailed::may_pass() const noexcept {
  return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

std::expected<std::size_t, WriteFailed> OutputFd::write(std::string_view bytes) noexcept {
  ssize_t written = -1;
  switch (way_) {
    case Way::unknown:
      look();
      return write(bytes);
    case Way::no_wait_flag:
      written = write_without_waiting(fd_, bytes);
      if (written < 0 && is_refused(errno)) {
        way_ = way_without_flag();
        return write(bytes);
      }
      break;
    case Way::no_wait_send:
      written = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      break;
    case Way::own_file:
      written = ::write(own_.get(), bytes.data(), bytes.size());
      break;
    case Way::plain:
      written = ::write(fd_, bytes.data(), bytes.size());
      break;
    case Way::terminal_pieces:
      if (!has_room(fd_)) return 0;
      written = ::write(fd_, bytes.data(), terminal_piece(bytes));
      break;
    case Way::small_pieces:
      if (!has_room(fd_)) return 0;
      written = ::write(fd_, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
      break;
  }
  if (written >= 0) return static_cast<std::size_t>(written);
  if (errno == EAGAIN || errno == EINTR) return 0;
  return std::unexpected(WriteFailed{errno});
}

bool OutputFd::write_all(std::string_view bytes, Duration patience) noexcept {
  while (!bytes.empty()) {
    const auto written = write(bytes);
    if (!written) return false;
    bytes.remove_prefix(*written);
    pollfd waiting{fd(), POLLOUT, 0};
    const bool is_full = *written == 0;
    if (is_full && ::poll(&waiting, 1, static_cast<int>(patience.count())) == 0) return false;
  }
  return true;
}

void OutputFd::enlarge(std::size_t bytes) noexcept {
  if (way_ == Way::unknown) look();
  if (!is_pipe_) return;
  const int now = ::fcntl(fd_, F_GETPIPE_SZ);
  if (now >= 0 && static_cast<std::size_t>(now) < bytes) {
    ::fcntl(fd_, F_SETPIPE_SZ, static_cast<int>(bytes));
  }
}

void OutputFd::look() noexcept {
  struct stat file{};
  way_ = Way::small_pieces;
  if (::fstat(fd_, &file) < 0) return;
  is_pipe_ = S_ISFIFO(file.st_mode);
  if (is_pipe_) {
    way_ = Way::no_wait_flag;
  } else if (S_ISSOCK(file.st_mode)) {
    way_ = Way::no_wait_send;
  } else if (S_ISREG(file.st_mode)) {
    way_ = Way::plain;
  } else {
    way_ = way_without_flag();
  }
}

OutputFd::Way OutputFd::way_without_flag() noexcept {
  const FixedText<32> path("/proc/self/fd/", fd_);
  own_ = UniqueFd{::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
  if (own_) return Way::own_file;
  return ::isatty(fd_) == 1 ? Way::terminal_pieces : Way::small_pieces;
}

}  // namespace pmx::os
