#include "os/connection.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace pmx::os {
namespace {

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

struct Destination {
  SocketAddress address{};
  socklen_t size = 0;
};

Destination destination_of(const Endpoint& endpoint) noexcept {
  Destination to;
  if (endpoint.family == Endpoint::Family::v4) {
    to.address.v4.sin_family = AF_INET;
    to.address.v4.sin_port = htons(endpoint.port);
    std::memcpy(&to.address.v4.sin_addr, endpoint.address.data(), sizeof to.address.v4.sin_addr);
    to.size = sizeof to.address.v4;
  } else {
    to.address.v6.sin6_family = AF_INET6;
    to.address.v6.sin6_port = htons(endpoint.port);
    std::memcpy(&to.address.v6.sin6_addr, endpoint.address.data(), sizeof to.address.v6.sin6_addr);
    to.size = sizeof to.address.v6;
  }
  return to;
}

bool is_connected_to_itself(int socket) noexcept {
  SocketAddress own{};
  SocketAddress other{};
  socklen_t own_size = sizeof own;
  socklen_t other_size = sizeof other;
  return ::getsockname(socket, &own.any, &own_size) == 0 &&
         ::getpeername(socket, &other.any, &other_size) == 0 && own_size == other_size &&
         std::memcmp(&own, &other, own_size) == 0;
}

}  // namespace

std::expected<UniqueFd, OsError> begin_connection(const Endpoint& to) noexcept {
  const Destination destination = destination_of(to);
  UniqueFd fd(
      ::socket(destination.address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return std::unexpected(OsError::last("socket"));
  if (::connect(fd.get(), &destination.address.any, destination.size) < 0 && errno != EINPROGRESS) {
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

std::expected<UniqueFd, OsError> listen_at(const Endpoint& endpoint, bool also_v4,
                                           unsigned backlog) noexcept {
  const Destination at = destination_of(endpoint);
  UniqueFd fd(::socket(at.address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd && errno == EAFNOSUPPORT && also_v4) {
    return listen_at({Endpoint::Family::v4, endpoint.port, {}}, false, backlog);
  }
  if (!fd) return std::unexpected(OsError::last("socket"));
  const auto set = [&fd](int level, int option, int value) {
    ::setsockopt(fd.get(), level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_REUSEADDR, 1);  // connections of a process before may still linger
  if (endpoint.family == Endpoint::Family::v6) set(IPPROTO_IPV6, IPV6_V6ONLY, also_v4 ? 0 : 1);
  if (::bind(fd.get(), &at.address.any, at.size) < 0) {
    // Compiled in, and switched off (net.ipv6.conf.all.disable_ipv6).
    if (errno == EADDRNOTAVAIL && also_v4) {
      return listen_at({Endpoint::Family::v4, endpoint.port, {}}, false, backlog);
    }
    return std::unexpected(OsError::last("bind"));
  }
  if (::listen(fd.get(), static_cast<int>(backlog)) < 0) {
    return std::unexpected(OsError::last("listen"));
  }
  return fd;
}

}  // namespace pmx::os
