#include "os/connection.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace pmx::os {
namespace {

Endpoint loopback(std::uint16_t port) {
  Endpoint endpoint{.port = port};
  endpoint.address = {127, 0, 0, 1};
  return endpoint;
}

struct Bound {
  UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};

  Bound() {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd.get(), any(), size) == 0);
    REQUIRE(::getsockname(fd.get(), any(), &size) == 0);
  }
  sockaddr* any() { return reinterpret_cast<sockaddr*>(&address); }
  [[nodiscard]] std::uint16_t port() const { return ntohs(address.sin_port); }
};

int error_once_writable(const UniqueFd& fd) {
  pollfd wanted{fd.get(), POLLOUT, 0};
  REQUIRE(::poll(&wanted, 1, 60'000) == 1);
  return connection_error(fd.get());
}

TEST_CASE("who listens is connected to") {
  Bound server;
  REQUIRE(::listen(server.fd.get(), 1) == 0);
  const auto connection = begin_connection(loopback(server.port()));
  REQUIRE(connection);
  CHECK(error_once_writable(*connection) == 0);
}

TEST_CASE("where nobody listens the connection is refused") {
  Bound nobody;
  const auto connection = begin_connection(loopback(nobody.port()));
  const int error = connection ? error_once_writable(*connection) : connection.error().number;
  CHECK(error == ECONNREFUSED);
}

TEST_CASE("a socket that is connected to itself was refused") {
  Bound both;
  REQUIRE(::connect(both.fd.get(), both.any(), sizeof both.address) == 0);
  CHECK(connection_error(both.fd.get()) == ECONNREFUSED);
}

}  // namespace
}  // namespace pmx::os
