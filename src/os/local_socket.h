// Unix stream sockets, and who is at the other end (unix(7)).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "os/file_user.h"
#include "os/os_error.h"
#include "os/unique_fd.h"

namespace pmx::os {

// "@name" is an abstract one, of which no file system knows; anything else is a path.
using LocalAddress = std::string;

// Close-on-exec and non-blocking. EADDRINUSE: somebody has the name; ENAMETOOLONG: over 107 bytes.
// The file of a path is made with mode 0600.
[[nodiscard]] std::expected<UniqueFd, OsError> listen_at(const LocalAddress& address) noexcept;

// The same for a program that it is handed over to (sd_listen_fds(3)): blocking, and everybody may
// connect. A socket at this path at which nobody listens any more is replaced.
[[nodiscard]] std::expected<UniqueFd, OsError> listen_for_program(const LocalAddress& address,
                                                                  unsigned backlog) noexcept;

// The same for a worker of ours that runs as this user, with their rights: nothing is made, or
// replaced, where they may not, and only a socket of theirs is; who connects sees them at
// the other end, not us. Non-blocking. The file has these rights beside those that our umask
// leaves.
[[nodiscard]] std::expected<UniqueFd, OsError> listen_for_worker(const LocalAddress& address,
                                                                 unsigned backlog, unsigned rights,
                                                                 const FileUser& user) noexcept;

// A file, whatever it is called.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t number = 0;

  friend bool operator==(const FileId&, const FileId&) = default;
};
// Which one is at this path, as this user may see; links are not followed. ENOENT: none.
[[nodiscard]] std::expected<FileId, OsError> file_at(const LocalAddress& path,
                                                     const FileUser& user) noexcept;

// That one, if it is there still, as far as this user may.
void remove_file(const LocalAddress& path, const FileId& file, const FileUser& user) noexcept;

// Close-on-exec, and blocking. ECONNREFUSED, ENOENT: nobody listens there.
[[nodiscard]] std::expected<UniqueFd, OsError> connect_to(const LocalAddress& address) noexcept;

// Close-on-exec and non-blocking. EAGAIN: nobody waits.
[[nodiscard]] std::expected<UniqueFd, OsError> accept_from(int listener) noexcept;

struct PeerCredentials {
  int pid = 0;  // 0: a process outside of our PID namespace
  unsigned uid = 0;
};
// Of whoever connected, or, asked by who connected, of who began to listen (SO_PEERCRED).
[[nodiscard]] std::expected<PeerCredentials, OsError> peer_of(int socket) noexcept;

// Two that are connected to each other, both close-on-exec. Ours is non-blocking.
struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};
[[nodiscard]] std::expected<SocketPair, OsError> make_socket_pair() noexcept;

// Bytes written, 0 when there is no room now. EPIPE: the other end is gone. Never raises SIGPIPE.
[[nodiscard]] std::expected<std::size_t, OsError> send_some(int socket,
                                                            std::string_view bytes) noexcept;
// The same with a copy of the descriptor, which goes with the first byte; at least one byte.
// Besides, ETOOMANYREFS: too many of this user's are on their way (unix(7)), or ENOMEM, ENOBUFS:
// that passes, and poll(2) does not say when.
[[nodiscard]] std::expected<std::size_t, OsError> send_with_descriptor(int socket,
                                                                       std::string_view bytes,
                                                                       int descriptor) noexcept;

}  // namespace pmx::os
