#include "os/datagram_socket.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace pmx::os {
namespace {

void send(const DatagramSocket& to, std::string_view text) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  to.address.copy(name.sun_path, sizeof name.sun_path);
  name.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + to.address.size());
  const UniqueFd from(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  REQUIRE(::sendto(from.get(), text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&name),
                   size) == static_cast<ssize_t>(text.size()));
}

TEST_CASE("a datagram tells who sent it, and whether it had room") {
  const auto socket = open_datagram_socket();
  REQUIRE(socket);
  std::array<char, 4> room;
  CHECK(!receive_datagram(socket->fd.get(), room));
  send(*socket, "four");
  send(*socket, "fives");
  send(*socket, "");

  const auto first = receive_datagram(socket->fd.get(), room);
  REQUIRE(first);
  CHECK(std::string_view(room.data(), first->size) == "four");
  CHECK(first->is_whole);
  REQUIRE(first->sender);
  CHECK(first->sender->pid == ::getpid());
  CHECK(first->sender->uid == ::getuid());

  const auto second = receive_datagram(socket->fd.get(), room);
  REQUIRE(second);
  CHECK(!second->is_whole);
  const auto third = receive_datagram(socket->fd.get(), room);
  REQUIRE(third);
  CHECK(third->size == 0);
  CHECK(!receive_datagram(socket->fd.get(), room));
}

TEST_CASE("each has an address of its own") {
  const auto one = open_datagram_socket();
  const auto other = open_datagram_socket();
  REQUIRE(one);
  REQUIRE(other);
  CHECK(one->address.starts_with('@'));
  CHECK(one->address != other->address);
}

}  // namespace
}  // namespace pmx::os
