#include "codec/http_status.h"

#include <doctest/doctest.h>

namespace pmx {
namespace {

using State = HttpStatus::State;

TEST_CASE("the status is known as soon as its end is, whatever follows") {
  struct Row {
    std::string_view response;
    int status;
  };
  const Row rows[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200},
      {"HTTP/1.0 503 Service Unavailable\r\n", 503},
      {"HTTP/1.1 404\r\n", 404},
      {"HTTP/1.1 204\n", 204},
      {"HTTP/1.1 302 ", 302},
  };
  for (const Row& row : rows) {
    CAPTURE(row.response);
    HttpStatus whole;
    CHECK(whole.take(row.response) == State::known);
    CHECK(whole.number() == row.status);

    HttpStatus in_pieces;
    State state = State::incomplete;
    std::size_t taken = 0;
    while (state == State::incomplete) state = in_pieces.take(row.response.substr(taken++, 1));
    CHECK(state == State::known);
    CHECK(taken == 13);
    CHECK(in_pieces.number() == row.status);
  }
}

TEST_CASE("interim responses are passed over") {
  for (const std::string_view response :
       {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n",
        "HTTP/1.1 100\n\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 "}) {
    HttpStatus whole;
    CHECK(whole.take(response) == State::known);
    CHECK(whole.number() == 200);
    HttpStatus in_pieces;
    for (const char& byte : response) static_cast<void>(in_pieces.take({&byte, 1}));
    CHECK(in_pieces.take("") == State::known);
    CHECK(in_pieces.number() == 200);
  }
  HttpStatus only;
  CHECK(only.take("HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n") == State::incomplete);
}

TEST_CASE("what does not begin as a response of HTTP/1 is none") {
  for (const std::string_view bytes :
       {"SSH-2.0-OpenSSH_9.7\r\n", "http/1.1 200 OK\r\n", "HTTP/2.0 200 OK\r\n",
        "HTTP/1.1 20 OK\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1  200 OK\r\n", "HTTP/1.x 200 OK\r\n",
        "HTTP/1.1 2x0 \r\n", "\r\nHTTP/1.1 200 OK\r\n", "\x16\x03\x01", "{\"status\":\"ok\"}"}) {
    CAPTURE(bytes);
    HttpStatus status;
    CHECK(status.take(bytes) == State::not_http);
  }
}

TEST_CASE("too little of a response says nothing yet") {
  HttpStatus status;
  CHECK(status.take("") == State::incomplete);
  CHECK(status.take("HTTP/1.1 200") == State::incomplete);
  CHECK(status.take("\r") == State::known);
}

}  // namespace
}  // namespace pmx
