#include "runtime/channel_end.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "os/local_socket.h"

namespace pmx::runtime {
namespace {

using Strings = std::vector<std::string>;

// A channel, and a process at its other end that the test plays.
struct Line {
  Line() { connect(); }
  void connect() {
    auto pair = os::make_socket_pair();
    REQUIRE(pair);
    end.open(std::move(pair->ours));
    theirs = std::move(pair->theirs);
  }
  void say(std::string_view bytes) const {
    REQUIRE(::write(theirs.get(), bytes.data(), bytes.size()) ==
            static_cast<ssize_t>(bytes.size()));
  }
  // As many reads as there is something to read.
  Strings heard() {
    Strings messages;
    while (end.read([&](std::string_view message) { messages.emplace_back(message); })) {
    }
    return messages;
  }
  [[nodiscard]] std::string received(std::size_t most = 200'000) const {
    std::string bytes(most, '\0');
    const ssize_t count = ::read(theirs.get(), bytes.data(), bytes.size());
    bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return bytes;
  }

  // Some of what was sent, and the descriptor that came with it, if one did.
  void receive_descriptor() {
    std::string bytes(4'096, '\0');
    iovec text{bytes.data(), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    REQUIRE(::recvmsg(theirs.get(), &message, MSG_CMSG_CLOEXEC) > 0);
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    if (header == nullptr) return;
    int received = -1;
    std::memcpy(&received, CMSG_DATA(header), sizeof received);
    descriptor = os::UniqueFd(received);
  }

  ChannelEnd end;
  os::UniqueFd theirs;
  os::UniqueFd descriptor{};
};

TEST_CASE("messages are heard as they become whole, to the last before the other end is closed") {
  Line line;
  CHECK(line.heard().empty());
  line.say("\"rea");
  CHECK(line.heard().empty());
  line.say("dy\"\n{}\n\"never whole");
  line.theirs.reset();
  CHECK(line.heard() == Strings{"\"ready\"", "{}"});
  CHECK(!line.end.is_open());
  CHECK(line.heard().empty());
}

TEST_CASE("what one process has left unsaid is no part of what the next one says") {
  Line line;
  line.say("\"half");
  CHECK(line.heard().empty());
  line.connect();
  line.say("\"whole\"\n");
  CHECK(line.heard() == Strings{"\"whole\""});
}

TEST_CASE("a message of a mebibyte is heard, and one of more passed over") {
  Line line;
  Strings messages;
  const auto say_slowly = [&](const std::string& bytes) {
    constexpr std::size_t kPiece = 50'000;
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
      line.say(std::string_view(bytes).substr(at, kPiece));
      for (std::string& message : line.heard()) messages.push_back(std::move(message));
    }
  };
  const std::string longest(kLongestMessage, 'x');
  say_slowly(longest + "\n" + longest + "y\n" + "next\n");
  REQUIRE(messages.size() == 2);
  CHECK(messages[0] == longest);
  CHECK(messages[1] == "next");
  CHECK(line.end.over_long() == 1);
}

TEST_CASE("what is sent waits for room, and what finds none there is not sent in part") {
  Line line;
  const std::string message(10'000, 'm');
  std::size_t sent = 0;
  while (line.end.send(message)) sent += message.size();
  CHECK(sent > 64 * 1024);
  CHECK(line.end.has_unsent());

  std::size_t arrived = 0;
  while (line.end.has_unsent()) {
    arrived += line.received().size();
    line.end.flush();
  }
  while (arrived < sent) arrived += line.received().size();
  CHECK(arrived == sent);
  CHECK(line.end.send(message));
  CHECK(line.received() == message);
}

TEST_CASE(
    "a descriptor that has to wait is the one that was meant, whatever its number is by then") {
  Line line;
  const std::string message(1'000, 'm');
  while (!line.end.has_unsent()) REQUIRE(line.end.send(message));
  auto meant = os::make_socket_pair();
  REQUIRE(meant);
  const int number = meant->ours.get();
  REQUIRE(line.end.send("with it\n", number));
  meant->ours.reset();
  auto other = os::make_socket_pair();  // whose number is the same
  REQUIRE(other);
  REQUIRE((other->ours.get() == number || other->theirs.get() == number));

  while (line.end.has_unsent()) {
    line.receive_descriptor();
    line.end.flush();
  }
  while (!line.descriptor) line.receive_descriptor();
  REQUIRE(os::send_some(line.descriptor.get(), "x") == 1);
  char byte = 0;
  CHECK(::recv(meant->theirs.get(), &byte, 1, MSG_DONTWAIT) == 1);
}

TEST_CASE("nothing is sent to nobody, but what they said before is heard") {
  Line line;
  line.say("\"bye\"\n");
  line.theirs.reset();
  CHECK(!line.end.send("\"shutdown\"\n"));
  CHECK(!line.end.has_unsent());
  CHECK(line.heard() == Strings{"\"bye\""});
  CHECK(!line.end.send("\"shutdown\"\n"));
}

}  // namespace
}  // namespace pmx::runtime
