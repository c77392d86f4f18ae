#include "runtime/channel_end.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
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

  ChannelEnd end;
  os::UniqueFd theirs;
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
