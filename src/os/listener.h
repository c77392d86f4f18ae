// Sockets of the Internet protocols at which others arrive.
#pragma once

#include <expected>
#include <optional>
#include <span>

#include "base/endpoint.h"
#include "os/os_error.h"
#include "os/unique_fd.h"

namespace pmx::os {

struct ListenOptions {
  unsigned backlog = 511;     // as Node's
  bool takes_v4 = false;      // an address of IPv6: connections of IPv4 too
  bool falls_back = false;    // where there is no IPv6, those of IPv4 alone
  bool never_blocks = false;  // the socket; a program does not expect it (sd_listen_fds(3))
  bool reuses_port = false;   // others may listen there too (SO_REUSEPORT)
};

// Close-on-exec. EADDRINUSE: somebody else listens there.
[[nodiscard]] std::expected<UniqueFd, OsError> listen_at(const Endpoint& endpoint,
                                                         const ListenOptions& options) noexcept;

// For datagrams; close-on-exec and non-blocking.
[[nodiscard]] std::expected<UniqueFd, OsError> receive_at(const Endpoint& endpoint, bool takes_v4,
                                                          bool reuses_address) noexcept;

// From now on others of the same user may listen where it does (SO_REUSEPORT).
[[nodiscard]] bool let_others_listen(int listener) noexcept;

// Of a socket that listens already.
void set_backlog(int listener, unsigned backlog) noexcept;

// Of the sockets that listen at one place by SO_REUSEPORT, counted in the order in which they began
// to, and the last one in the place of one that was closed: new connections go to these, by chance;
// with none, to all, by the kernel's hash. E2BIG: more than 128. Linux 4.5.
[[nodiscard]] std::expected<void, OsError> offer_to(int listener,
                                                    std::span<const unsigned> chosen) noexcept;

// Where the socket is, with the port that the kernel chose. Nothing: it is a Unix socket.
[[nodiscard]] std::optional<Endpoint> address_of(int socket) noexcept;

struct Accepted {
  UniqueFd fd;                     // close-on-exec and non-blocking
  std::optional<Endpoint> client;  // nothing: of a Unix socket
};
// EAGAIN: nobody waits. EMFILE, ENFILE, ENOBUFS, ENOMEM: who waits goes on waiting.
[[nodiscard]] std::expected<Accepted, OsError> accept_connection(int listener) noexcept;

}  // namespace pmx::os
