#include "os/local_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

namespace pmx::os {
namespace {

struct SocketName {
  sockaddr_un address{};
  socklen_t size = 0;
};

std::expected<SocketName, OsError> name_of(const LocalAddress& address) noexcept {
  SocketName name;
  name.address.sun_family = AF_UNIX;
  // A path needs its null byte; an abstract name is as long as we say.
  const bool is_abstract = address.starts_with('@');
  if (address.size() + (is_abstract ? 0 : 1) > sizeof name.address.sun_path) {
    return std::unexpected(OsError{"bind", ENAMETOOLONG});
  }
  std::memcpy(name.address.sun_path, address.data(), address.size());
  if (is_abstract) name.address.sun_path[0] = '\0';
  name.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size() +
                                     (is_abstract ? 0 : 1));
  return name;
}

std::expected<UniqueFd, OsError> new_socket(int flags) noexcept {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!fd) return std::unexpected(OsError::last("socket"));
  return fd;
}

// For a moment, in the eyes of who asks whom it speaks to (SO_PEERCRED). By system call: a C
// library would ask all its threads.
void become(unsigned user) noexcept { ::syscall(SYS_setresuid, -1, user, -1); }

std::expected<UniqueFd, OsError> listen_with(UniqueFd fd, const SocketName& name, mode_t mask,
                                             int backlog, unsigned user) noexcept {
  const mode_t old = ::umask(mask);
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name.address), name.size);
  const OsError why = OsError::last("bind");
  ::umask(old);
  if (bound < 0) return std::unexpected(why);
  const unsigned own_user = ::geteuid();
  if (user != own_user) become(user);
  const int listens = ::listen(fd.get(), backlog);
  const OsError why_not = OsError::last("listen");
  if (user != own_user) become(own_user);
  if (listens < 0) return std::unexpected(why_not);
  return fd;
}

// Full, or a shortage of the kernel's.
bool may_pass(int error) noexcept {
  return error == EAGAIN || error == EINTR || error == ENOBUFS || error == ENOMEM;
}

// A socket of this user whose program has gone without removing it. Never waits: who has no room
// for us listens.
bool is_left_behind(const LocalAddress& path, const SocketName& name, unsigned user) noexcept {
  struct stat about{};
  const bool is_ours =
      ::lstat(path.c_str(), &about) == 0 && S_ISSOCK(about.st_mode) && about.st_uid == user;
  if (!is_ours) return false;
  const auto fd = new_socket(SOCK_NONBLOCK);
  const auto* const address = reinterpret_cast<const sockaddr*>(&name.address);
  return fd && ::connect(fd->get(), address, name.size) < 0 && errno == ECONNREFUSED;
}

// In place of one that was left behind there.
std::expected<UniqueFd, OsError> listen_instead(const LocalAddress& address, int flags, mode_t mask,
                                                unsigned backlog, unsigned user) noexcept {
  const auto name = name_of(address);
  if (!name) return std::unexpected(name.error());
  if (!address.starts_with('@') && is_left_behind(address, *name, user)) {
    ::unlink(address.c_str());
  }
  auto fd = new_socket(flags);
  if (!fd) return fd;
  return listen_with(std::move(*fd), *name, mask, static_cast<int>(backlog), user);
}

}  // namespace

std::expected<UniqueFd, OsError> listen_at(const LocalAddress& address) noexcept {
  return listen_instead(address, SOCK_NONBLOCK, 0177, SOMAXCONN, ::geteuid());
}

std::expected<UniqueFd, OsError> listen_for_program(const LocalAddress& address,
                                                    unsigned backlog) noexcept {
  return listen_instead(address, 0, 0111, backlog, ::geteuid());
}

std::expected<UniqueFd, OsError> listen_for_worker(const LocalAddress& address, unsigned backlog,
                                                   unsigned rights, const FileUser& user) noexcept {
  const ActingAs them(user);
  const mode_t own_mask = ::umask(0);
  ::umask(own_mask);
  // From the start: chmod(2) could meet another file at this path.
  return listen_instead(address, SOCK_NONBLOCK, own_mask & ~rights, backlog, them.user());
}

std::expected<FileId, OsError> file_at(const LocalAddress& path, const FileUser& user) noexcept {
  const ActingAs them(user);
  struct stat about{};
  if (::lstat(path.c_str(), &about) < 0) return std::unexpected(OsError::last("lstat"));
  return FileId{about.st_dev, about.st_ino};
}

void remove_file(const LocalAddress& path, const FileId& file, const FileUser& user) noexcept {
  const ActingAs them(user);
  struct stat about{};
  const bool is_there =
      ::lstat(path.c_str(), &about) == 0 && FileId{about.st_dev, about.st_ino} == file;
  if (is_there) ::unlink(path.c_str());
}

std::expected<UniqueFd, OsError> connect_to(const LocalAddress& address) noexcept {
  const auto name = name_of(address);
  if (!name) return std::unexpected(name.error());
  auto fd = new_socket(0);
  if (!fd) return fd;
  if (::connect(fd->get(), reinterpret_cast<const sockaddr*>(&name->address), name->size) < 0) {
    return std::unexpected(OsError::last("connect"));
  }
  return fd;
}

std::expected<UniqueFd, OsError> accept_from(int listener) noexcept {
  UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd) return std::unexpected(OsError::last("accept4"));
  return fd;
}

std::expected<PeerCredentials, OsError> peer_of(int socket) noexcept {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) {
    return std::unexpected(OsError::last("getsockopt"));
  }
  return PeerCredentials{credentials.pid, credentials.uid};
}

std::expected<SocketPair, OsError> make_socket_pair() noexcept {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
    return std::unexpected(OsError::last("socketpair"));
  }
  SocketPair pair{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
  // Only our end: a program does not expect EAGAIN.
  if (::fcntl(ends[0], F_SETFL, O_RDWR | O_NONBLOCK) < 0) {
    return std::unexpected(OsError::last("fcntl(F_SETFL)"));
  }
  return pair;
}

std::expected<std::size_t, OsError> send_some(int socket, std::string_view bytes) noexcept {
  const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (may_pass(errno)) return 0;
  return std::unexpected(OsError::last("send"));
}

std::expected<std::size_t, OsError> send_with_descriptor(int socket, std::string_view bytes,
                                                         int descriptor) noexcept {
  iovec text{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptor)]{};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN || errno == EINTR) return 0;
  return std::unexpected(OsError::last("sendmsg"));
}

}  // namespace pmx::os
