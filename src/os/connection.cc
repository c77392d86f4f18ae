#include "os/connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "os/socket_address.h"

namespace pmx::os {
namespace {

bool is_connected_to_itself(int socket) noexcept {
  SocketAddress own;
  SocketAddress other;
  return ::getsockname(socket, own.get(), own.room()) == 0 &&
         ::getpeername(socket, other.get(), other.room()) == 0 && own.size() == other.size() &&
         std::memcmp(own.get(), other.get(), own.size()) == 0;
}

}  // namespace

std::expected<UniqueFd, OsError> begin_connection(const Endpoint& to) noexcept {
  const SocketAddress address(to);
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return std::unexpected(OsError::last("socket"));
  if (::connect(fd.get(), address.get(), address.size()) < 0 && errno != EINPROGRESS) {
    return std::unexpected(OsError::last("connect"));
  }
  return fd;
}

int connection_error(int socket) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return errno;
  if (error == 0 && is_connected_to_itself(socket)) return ECONNREFUSED;
  return error;
}

}  // namespace pmx::os
