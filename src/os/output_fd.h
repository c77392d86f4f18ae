// A descriptor that others may share, written without ever waiting and without changing it:
// O_NONBLOCK belongs to the open description, so setting it would hit everybody who shares it.
#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

#include "base/time.h"
#include "os/unique_fd.h"

namespace pmx::os {

// A write that failed, by its errno: EPIPE, EBADF, EIO, ENOSPC…
struct WriteFailed {
  int number = 0;

  // Nothing was written, and soon it may be: the kernel had no memory for it.
  [[nodiscard]] bool is_shortage() const noexcept;
  // A later write may work: the disk was full.
  [[nodiscard]] bool may_pass() const noexcept;
};

class OutputFd {
 public:
  // Does not own it. What kind of file it is is looked at when it is first used.
  explicit OutputFd(int fd) noexcept : fd_(fd) {}

  // Writes what fits now and returns how many bytes that was; 0: full, wait until it is writable.
  [[nodiscard]] std::expected<std::size_t, WriteFailed> write(std::string_view bytes) noexcept;

  // All of it, as long as it takes some within each `patience`, at most 24 days. False: it does
  // not, or a write failed.
  [[nodiscard]] bool write_all(std::string_view bytes, Duration patience) noexcept;

  // Where to watch for room.
  [[nodiscard]] int fd() const noexcept { return own_ ? own_.get() : fd_; }

  // More room for bursts, where it is a pipe and the kernel allows it.
  void enlarge(std::size_t bytes) noexcept;

 private:
  enum class Way : unsigned char {
    unknown,
    no_wait_flag,     // pipes: pwritev2 with RWF_NOWAIT, Linux 6.4 and later (pwritev2(2))
    no_wait_send,     // sockets: send with MSG_DONTWAIT
    own_file,         // our own open description of the same file, O_NONBLOCK
    plain,            // regular files: they do not make a writer wait
    small_pieces,     // poll, then no more than what a pipe takes at once (pipe(7), PIPE_BUF)
    terminal_pieces,  // poll, then no more than what a terminal takes at once
  };

  void look() noexcept;
  [[nodiscard]] Way way_without_flag() noexcept;

  int fd_;
  UniqueFd own_;
  bool is_pipe_ = false;
  Way way_ = Way::unknown;
};

}  // namespace pmx::os
