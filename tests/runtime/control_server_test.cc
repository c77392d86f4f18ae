#include "runtime/control_server.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "base/concat.h"

namespace pmx::runtime {
namespace {

using namespace std::chrono_literals;

constexpr Instant kBegin{1s};
constexpr Instant kTooLate = kBegin + ControlServer::kPatience + 1s;

// A server and a client that it has accepted.
struct Conversation {
  const std::string address = concat("@pmx-init.control-server-test.", ::getpid());
  os::Poller poller{os::SignalMask::none()};
  ControlServer server{*os::listen_at(address), poller};
  os::UniqueFd client = *os::connect_to(address);

  Conversation() {
    poller.wait_until(std::nullopt);
    server.pump(kBegin);
  }
  void say(std::string_view text) const {
    REQUIRE(os::send_some(client.get(), text) == text.size());
  }
  [[nodiscard]] bool is_over() const {
    char byte = 0;
    return ::read(client.get(), &byte, 1) == 0;
  }
};

TEST_CASE("what a client has sent in time counts, however late the server looks") {
  Conversation talk;
  talk.say("request\n");
  talk.server.pump(kTooLate);  // it did not even ask what is ready
  talk.server.pump(kTooLate + ControlServer::kPatience);
  const auto request = talk.server.take_request();
  REQUIRE(request.has_value());
  CHECK(request->line == "request");
}

TEST_CASE("who does not come to the end of its request is not waited for") {
  Conversation talk;
  talk.say("requ");
  talk.server.pump(kTooLate);
  CHECK(!talk.server.has_requests());
  CHECK(talk.is_over());
}

}  // namespace
}  // namespace pmx::runtime
