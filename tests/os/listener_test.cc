#include "os/listener.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <numeric>
#include <vector>

#include "os/connection.h"

namespace pmx::os {
namespace {

struct Group {
  std::vector<UniqueFd> sockets;
  Endpoint at{.address = {127, 0, 0, 1}};

  explicit Group(unsigned size) {
    for (unsigned i = 0; i < size; ++i) {
      auto socket = listen_at(at, {.never_blocks = true, .reuses_port = true});
      REQUIRE(socket);
      at = *address_of(socket->get());
      sockets.push_back(std::move(*socket));
    }
  }

  // How many of 60 connections arrive at each.
  std::vector<int> connect() {
    std::vector<int> counts(sockets.size());
    for (int i = 0; i < 60; ++i) {
      const auto client = begin_connection(at);
      REQUIRE(client);
      std::vector<pollfd> wanted;
      for (const UniqueFd& socket : sockets) wanted.push_back({socket.get(), POLLIN, 0});
      REQUIRE(::poll(wanted.data(), wanted.size(), 60'000) == 1);
      for (std::size_t s = 0; s < sockets.size(); ++s) {
        if (wanted[s].revents == 0) continue;
        REQUIRE(accept_connection(sockets[s].get()));
        ++counts[s];
      }
    }
    return counts;
  }
};

// qemu-user does not know the option.
TEST_SUITE_BEGIN("not emulated");

TEST_CASE("of sockets at one place, new connections go to those that were chosen") {
  Group group(3);
  const std::vector<unsigned> outer{0, 2};
  REQUIRE(offer_to(group.sockets[1].get(), outer));
  auto counts = group.connect();
  CHECK(counts[0] > 0);
  CHECK(counts[1] == 0);
  CHECK(counts[2] > 0);

  const std::vector<unsigned> middle{1};
  REQUIRE(offer_to(group.sockets[0].get(), middle));
  CHECK(group.connect() == std::vector<int>{0, 60, 0});

  REQUIRE(offer_to(group.sockets[0].get(), {}));
  counts = group.connect();
  CHECK(std::accumulate(counts.begin(), counts.end(), 0) == 60);
  CHECK(counts[1] < 60);
}

TEST_CASE("the last one takes the number of one that is closed") {
  Group group(3);
  group.sockets.erase(group.sockets.begin());
  const std::vector<unsigned> first{0};
  REQUIRE(offer_to(group.sockets[0].get(), first));
  CHECK(group.connect() == std::vector<int>{0, 60});
}

TEST_CASE("too many are refused") {
  Group group(1);
  const auto refused = offer_to(group.sockets[0].get(), std::vector<unsigned>(129));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().number == E2BIG);
  CHECK(offer_to(group.sockets[0].get(), std::vector<unsigned>(128)));
}

TEST_CASE("a backlog can be changed") {
  const Group group(1);
  set_backlog(group.sockets[0].get(), 7);
  tcp_info info{};
  socklen_t size = sizeof info;
  REQUIRE(::getsockopt(group.sockets[0].get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
  CHECK(info.tcpi_sacked == 7);  // of one that listens: how many may wait
}

TEST_SUITE_END();

TEST_CASE("an address of IPv4 in one of IPv6 is the same") {
  Endpoint mapped{
      Endpoint::Family::v6, 80, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3}};
  CHECK(unmapped(mapped) == Endpoint{Endpoint::Family::v4, 80, {10, 1, 2, 3}});
  mapped.address[0] = 1;
  CHECK(unmapped(mapped) == mapped);
}

}  // namespace
}  // namespace pmx::os
