// Connections by the Internet protocols, made without ever waiting.
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

}  // namespace pmx::os
