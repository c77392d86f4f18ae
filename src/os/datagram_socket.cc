#include "os/datagram_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <utility>

namespace pmx::os {
namespace {

// By this address alone the kernel finds an abstract name that nobody has.
constexpr socklen_t kNoName = offsetof(sockaddr_un, sun_path);

}  // namespace

std::expected<DatagramSocket, OsError> open_datagram_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return std::unexpected(OsError::last("socket"));
  const int yes = 1;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) < 0) {
    return std::unexpected(OsError::last("setsockopt"));
  }
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  auto* const address = reinterpret_cast<sockaddr*>(&name);
  if (::bind(fd.get(), address, kNoName) < 0) return std::unexpected(OsError::last("bind"));
  socklen_t size = sizeof name;
  if (::getsockname(fd.get(), address, &size) < 0) {
    return std::unexpected(OsError::last("getsockname"));
  }
  std::string text = "@";
  text.append(name.sun_path + 1, size - kNoName - 1);
  return DatagramSocket{std::move(fd), std::move(text)};
}

std::optional<Datagram> receive_datagram(int socket, std::span<char> into) noexcept {
  // There is room for who sent it and for nothing else: what else there is the kernel closes.
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
  iovec part{into.data(), into.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t count = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count < 0) return std::nullopt;
  Datagram datagram{.size = static_cast<std::size_t>(count),
                    .is_whole = (message.msg_flags & MSG_TRUNC) == 0};
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_level == SOL_SOCKET &&
      header->cmsg_type == SCM_CREDENTIALS && header->cmsg_len == CMSG_LEN(sizeof(ucred))) {
    ucred credentials{};
    std::memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
    datagram.sender = PeerCredentials{credentials.pid, credentials.uid};
  }
  return datagram;
}

}  // namespace pmx::os
