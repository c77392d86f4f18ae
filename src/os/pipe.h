// A pipe that no exec'd program inherits by accident.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "os/os_error.h"
#include "os/unique_fd.h"

namespace pmx::os {

// What a pipe can be enlarged to by anybody (/proc/sys/fs/pipe-max-size, by default).
inline constexpr std::size_t kLargestPipe = 1024 * 1024;

// What it is otherwise (pipe(7)).
inline constexpr std::size_t kUsualPipe = 64 * 1024;

struct Pipe {
  UniqueFd read_end;   // never blocks
  UniqueFd write_end;  // blocks its writer while the pipe is full
};

// Fails when descriptors run out (EMFILE, ENFILE).
[[nodiscard]] std::expected<Pipe, OsError> make_pipe() noexcept;

// Asks for at least this many bytes of buffer. The kernel may say no (/proc/sys/fs/pipe-max-size
// and pipe-user-pages-soft); then the pipe stays as it is.
void enlarge_pipe(int fd, std::size_t bytes) noexcept;

// The user may open the pipe anew, as /dev/stdout does. Without CAP_CHOWN everybody may who can
// reach it through /proc, which is that user and root.
void give_pipe_to(int fd, unsigned user) noexcept;

// What is there now, 0 at end of file; nothing when the pipe is empty but still open.
[[nodiscard]] std::optional<std::size_t> read_available(int fd, std::span<char> into) noexcept;

// Copies what waits in the pipe `from` to the pipe `to`, without taking it out: how many bytes, 0
// at the end of file. EAGAIN: nothing is there, or there is no room; EPIPE: nobody reads (tee(2)).
[[nodiscard]] std::expected<std::size_t, OsError> tee_available(int from, int to,
                                                                std::size_t limit) noexcept;

// An end of ours, both for us and whom it is handed to.
void never_block(int fd) noexcept;

// Whether the bytes, at most PIPE_BUF, are in the pipe now, whose end never blocks. Not, where it
// is full or nobody reads it.
[[nodiscard]] bool write_available(int fd, std::string_view bytes) noexcept;

// How many bytes wait to be read: no more than this.
[[nodiscard]] std::size_t bytes_waiting(int fd) noexcept;

}  // namespace pmx::os
