// Sockets of the Internet protocols: connections, made without ever waiting, and listeners.
#pragma once

#include <expected>

#include "base/endpoint.h"
#include "os/os_error.h"
#include "os/unique_fd.h"

namespace pmx::os {

// Close-on-exec and non-blocking; not yet connected, perhaps. An error is one of the attempt, such
// as ECONNREFUSED, or a want of our own (EMFILE, ENFILE, ENOBUFS, ENOMEM).
[[nodiscard]] std::expected<UniqueFd, OsError> begin_connection(const Endpoint& to) noexcept;

// Once the socket can be written to: 0 when it is connected, else errno. A socket that was
// connected to itself, as the kernel does with a free port that both ends have, was refused.
[[nodiscard]] int connection_error(int socket) noexcept;

// Close-on-exec and blocking, as a program expects it that does not ask: one that an init system
// hands over (sd_listen_fds(3)). With `also_v4` an address of IPv6 takes connections of IPv4 too,
// or where there is no IPv6 those alone. EADDRINUSE: somebody else listens there.
[[nodiscard]] std::expected<UniqueFd, OsError> listen_at(const Endpoint& endpoint, bool also_v4,
                                                         unsigned backlog) noexcept;

}  // namespace pmx::os
