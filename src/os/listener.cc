#include "os/listener.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "os/socket_address.h"

namespace pmx::os {
namespace {

void set(const UniqueFd& fd, int level, int option, int value) noexcept {
  ::setsockopt(fd.get(), level, option, &value, sizeof value);
}

std::expected<UniqueFd, OsError> bound(const Endpoint& endpoint, int type, bool takes_v4,
                                       bool reuses_address, bool reuses_port) noexcept {
  const SocketAddress address(endpoint);
  UniqueFd fd(::socket(address.family(), type | SOCK_CLOEXEC, 0));
  if (!fd) return std::unexpected(OsError::last("socket"));
  if (reuses_address) set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (reuses_port) set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (address.family() == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, takes_v4 ? 0 : 1);
  if (::bind(fd.get(), address.get(), address.size()) == 0) return fd;
  return std::unexpected(OsError::last("bind"));
}

// Not compiled in; or compiled in, and switched off (net.ipv6.conf.all.disable_ipv6).
bool lacks_v6(const OsError& error) noexcept {
  return error.number == EAFNOSUPPORT || error.number == EADDRNOTAVAIL;
}

}  // namespace

std::expected<UniqueFd, OsError> listen_at(const Endpoint& endpoint,
                                           const ListenOptions& options) noexcept {
  const int type = SOCK_STREAM | (options.never_blocks ? SOCK_NONBLOCK : 0);
  // Connections of a process before may still linger there: SO_REUSEADDR.
  auto fd = bound(endpoint, type, options.takes_v4, true, options.reuses_port);
  const bool is_v6 = endpoint.family == Endpoint::Family::v6;
  if (!fd && is_v6 && options.falls_back && lacks_v6(fd.error())) {
    return listen_at({Endpoint::Family::v4, endpoint.port, {}}, options);
  }
  if (fd && ::listen(fd->get(), static_cast<int>(options.backlog)) < 0) {
    return std::unexpected(OsError::last("listen"));
  }
  return fd;
}

std::expected<UniqueFd, OsError> receive_at(const Endpoint& endpoint, bool takes_v4,
                                            bool reuses_address) noexcept {
  return bound(endpoint, SOCK_DGRAM | SOCK_NONBLOCK, takes_v4, reuses_address, false);
}

std::optional<Endpoint> address_of(int socket) noexcept {
  SocketAddress address;
  if (::getsockname(socket, address.get(), address.room()) < 0) return std::nullopt;
  return address.endpoint();
}

std::expected<Accepted, OsError> accept_connection(int listener) noexcept {
  SocketAddress client;
  UniqueFd fd(::accept4(listener, client.get(), client.room(), SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd) return std::unexpected(OsError::last("accept4"));
  return Accepted{std::move(fd), client.endpoint()};
}

}  // namespace pmx::os
