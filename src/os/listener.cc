#include "os/listener.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "os/socket_address.h"

namespace pmx::os {
namespace {

bool set(int fd, int level, int option, int value) noexcept {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

std::expected<UniqueFd, OsError> bound(const Endpoint& endpoint, int type, bool takes_v4,
                                       bool reuses_address, bool reuses_port) noexcept {
  const SocketAddress address(endpoint);
  UniqueFd fd(::socket(address.family(), type | SOCK_CLOEXEC, 0));
  if (!fd) return std::unexpected(OsError::last("socket"));
  if (reuses_address) set(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (reuses_port) set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  if (address.family() == AF_INET6) set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, takes_v4 ? 0 : 1);
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

void set_backlog(int listener, unsigned backlog) noexcept {
  static_cast<void>(::listen(listener, static_cast<int>(backlog)));
}

bool let_others_listen(int listener) noexcept { return set(listener, SOL_SOCKET, SO_REUSEPORT, 1); }

// socket(7), SO_ATTACH_REUSEPORT_CBPF: the program returns the number of a socket, and one that
// there is not means the hash.
std::expected<void, OsError> offer_to(int listener, std::span<const unsigned> chosen) noexcept {
  constexpr std::size_t kMostChosen = 128;
  if (chosen.size() > kMostChosen) return std::unexpected(OsError{"SO_REUSEPORT", E2BIG});
  std::array<sock_filter, 2 * kMostChosen + 2> program{};
  unsigned short size = 0;
  const auto add = [&](int code, unsigned operand, std::uint8_t otherwise = 0) {
    program[size++] = {static_cast<unsigned short>(code), 0, otherwise, operand};
  };
  if (!chosen.empty()) {
    add(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(SKF_AD_OFF + SKF_AD_RANDOM));
    add(BPF_ALU | BPF_MOD | BPF_K, static_cast<unsigned>(chosen.size()));
  }
  for (unsigned i = 0; i + 1 < chosen.size(); ++i) {
    add(BPF_JMP | BPF_JEQ | BPF_K, i, 1);
    add(BPF_RET | BPF_K, chosen[i]);
  }
  add(BPF_RET | BPF_K, chosen.empty() ? ~0U : chosen.back());
  const sock_fprog attached{size, program.data()};
  const int outcome =
      ::setsockopt(listener, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &attached, sizeof attached);
  if (outcome < 0) return std::unexpected(OsError::last("setsockopt"));
  return {};
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
