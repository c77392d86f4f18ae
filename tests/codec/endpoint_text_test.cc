#include "codec/endpoint_text.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace pmx {
namespace {

using Bytes = std::vector<int>;

Bytes bytes_of(const Endpoint& endpoint) {
  const std::size_t size = endpoint.family == Endpoint::Family::v4 ? 4 : 16;
  return {endpoint.address.begin(), endpoint.address.begin() + static_cast<std::ptrdiff_t>(size)};
}

TEST_CASE("an address is a number, in one of the forms that RFC 4291 has, and a port") {
  struct Row {
    std::string_view text;
    Bytes address;
    int port;
  };
  const Row rows[] = {
      {"127.0.0.1:3000", {127, 0, 0, 1}, 3000},
      {"0.0.0.0:1", {0, 0, 0, 0}, 1},
      {"[::1]:65535", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 65535},
      {"[::]:80", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 80},
      {"[fe80::1:2]:80", {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2}, 80},
      {"[2001:DB8::]:80", {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 80},
      {"[::ffff:10.0.0.7]:80", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 7}, 80},
      {"[1:2:3:4:5:6:7:8]:80", {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}, 80},
      {"[1:2:3:4:5:6:7::]:80", {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0}, 80},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto endpoints = parse_endpoints(row.text);
    REQUIRE(endpoints);
    REQUIRE(endpoints->size() == 1);
    CHECK(bytes_of((*endpoints)[0]) == row.address);
    CHECK((*endpoints)[0].port == row.port);
  }
}

TEST_CASE("localhost is 127.0.0.1, then ::1, and so is a port alone") {
  for (const std::string_view text : {"3000", "localhost:3000", "LocalHost:3000"}) {
    CAPTURE(text);
    const auto endpoints = parse_endpoints(text);
    REQUIRE(endpoints);
    REQUIRE(endpoints->size() == 2);
    CHECK(bytes_of((*endpoints)[0]) == Bytes{127, 0, 0, 1});
    CHECK(bytes_of((*endpoints)[1]) == Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  }
}

TEST_CASE("what is no numeric address with a port is none") {
  for (const std::string_view text : {"",
                                      ":",
                                      "0",
                                      "65536",
                                      "-1",
                                      " 80",
                                      "db:5432",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:0",
                                      "127.0.0.1:65536",
                                      "127.0.0:80",
                                      "127.0.0.1.1:80",
                                      "127.0.0.01:80",
                                      "256.0.0.1:80",
                                      "127.0.0.:80",
                                      "::1:80",
                                      "[::1]",
                                      "[::1:80",
                                      "[::1]80",
                                      "[:]:80",
                                      "[:::]:80",
                                      "[1::2::3]:80",
                                      "[1:2:3:4:5:6:7]:80",
                                      "[1:2:3:4:5:6:7:8:9]:80",
                                      "[1:2:3:4:5:6:7:8::]:80",
                                      "[12345::]:80",
                                      "[g::]:80",
                                      "[1:]:80",
                                      "[:1]:80",
                                      "[::1.2.3]:80",
                                      "[::1.2.3.4.5]:80",
                                      "[1.2.3.4::]:80",
                                      "[fe80::1%eth0]:80",
                                      "[]:80",
                                      "[127.0.0.1]:80"}) {
    CAPTURE(text);
    CHECK(!parse_endpoints(text));
  }
}

TEST_CASE("a URL has an address, what the Host header says, and a path") {
  struct Row {
    std::string_view url;
    std::string authority;
    std::string path;
    int port;
  };
  const Row rows[] = {
      {"http://127.0.0.1:3000/health?full=1", "127.0.0.1:3000", "/health?full=1", 3000},
      {"http://127.0.0.1", "127.0.0.1", "/", 80},
      {"http://127.0.0.1?a=/", "127.0.0.1", "/?a=/", 80},
      {"HTTP://localhost:8080/", "localhost:8080", "/", 8080},
      {"http://[::1]:3000/a:b", "[::1]:3000", "/a:b", 3000},
      {"http://[::1]", "[::1]", "/", 80},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url);
    const auto probe = parse_http_url(row.url);
    REQUIRE(probe);
    CHECK(probe->authority == row.authority);
    CHECK(probe->path == row.path);
    CHECK(probe->endpoints[0].port == row.port);
  }
}

TEST_CASE("what is wrong with a URL is said") {
  struct Row {
    std::string url;
    UrlProblem problem;
  };
  const Row rows[] = {
      {"", UrlProblem::no_url},
      {"127.0.0.1:3000", UrlProblem::no_url},
      {"ftp://127.0.0.1/", UrlProblem::no_url},
      {"https://127.0.0.1/", UrlProblem::encrypted},
      {"http://", UrlProblem::host},
      {"http://db/health", UrlProblem::host},
      {"http://user:word@127.0.0.1/", UrlProblem::host},
      {"http://::1/", UrlProblem::host},
      {"http://127.0.0.1:/", UrlProblem::port},
      {"http://127.0.0.1:0/", UrlProblem::port},
      {"http://127.0.0.1:65536/", UrlProblem::port},
      {"http://127.0.0.1/a b", UrlProblem::path},
      {"http://127.0.0.1/a\r\nX: y", UrlProblem::path},
      {"http://127.0.0.1/#part", UrlProblem::path},
      {"http://127.0.0.1/\xC3\xA4", UrlProblem::path},
      {"http://127.0.0.1/" + std::string(1'024, 'a'), UrlProblem::path},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url);
    const auto probe = parse_http_url(row.url);
    REQUIRE(!probe);
    CHECK(probe.error() == row.problem);
  }
}

}  // namespace
}  // namespace pmx
