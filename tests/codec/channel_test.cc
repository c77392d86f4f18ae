#include "codec/channel.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "support/random_seed.h"

namespace pmx {
namespace {

using Kind = ChannelMessage::Kind;

// The process's end of a channel, as bytes; ours, as messages.
struct Listener {
  explicit Listener(std::size_t longest = kLongestMessage) : framing(longest) {}

  void read(std::string_view bytes) {
    left += bytes;
    left.erase(0,
               framing.split(left, [this](std::string_view one) { messages.emplace_back(one); }));
    most_left = std::max(most_left, left.size());
  }

  MessageFraming framing;
  std::vector<std::string> messages;
  std::string left;
  std::size_t most_left = 0;
};

TEST_CASE("a message is whole when its newline is there") {
  Listener listener;
  listener.read("\"rea");
  CHECK(listener.messages.empty());
  listener.read("dy\"\n{}\n[");
  CHECK(listener.messages == std::vector<std::string>{"\"ready\"", "{}"});
  listener.read("]\n\n");
  CHECK(listener.messages == std::vector<std::string>{"\"ready\"", "{}", "[]", ""});
}

TEST_CASE("a message that is too long is passed over to its newline and counted once") {
  Listener listener(10);
  for (int i = 0; i < 100; ++i) listener.read("0123456789");
  CHECK(listener.framing.over_long() == 1);
  listener.read("\n0123456789\n01234567890\nnext\n");
  CHECK(listener.messages == std::vector<std::string>{"0123456789", "next"});
  CHECK(listener.framing.over_long() == 2);
  CHECK(listener.most_left <= 10);
}

TEST_CASE("however the bytes are cut, the messages are the same") {
  const unsigned seed = random_seed();
  INFO("PMX_SEED=" << seed);
  std::mt19937 random(seed);
  const auto below = [&random](std::size_t limit) { return random() % limit; };
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    std::vector<std::string> wanted;
    std::size_t over_long = 0;
    for (int n = 0; n < 20; ++n) {
      const std::string message(below(60), static_cast<char>('a' + below(26)));
      bytes += message + "\n";
      if (message.size() <= 30)
        wanted.push_back(message);
      else
        ++over_long;
    }
    Listener listener(30);
    const std::size_t longest_piece = 1 + below(80);
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = std::min(bytes.size() - at, 1 + below(longest_piece));
      listener.read(std::string_view(bytes).substr(at, size));
      at += size;
    }
    CHECK(listener.messages == wanted);
    CHECK(listener.framing.over_long() == over_long);
    CHECK(listener.most_left <= 30);
    CHECK(listener.left.empty());
  }
}

TEST_CASE("what a message says is told by its type, or by Node's own prefix") {
  struct Row {
    std::string_view message;
    Kind kind;
    std::string_view content;
  };
  constexpr auto kRows = std::to_array<Row>({
      {R"("ready")", Kind::ready, ""},
      {R"({"type":"axm:monitor","data":{"a":{"value":1}}})", Kind::metrics, R"({"a":{"value":1}})"},
      {R"({"data":{},"type":"axm:action"})", Kind::action, "{}"},
      {R"( {"type" : "axm:reply", "data" : {"return":1} } )", Kind::reply, R"({"return":1})"},
      {R"({"type":"process:exception","data":{"message":"x"}})", Kind::exception,
       R"({"message":"x"})"},
      {R"({"cmd":"NODE_HANDLE","msg":"ready"})", Kind::internal,
       R"({"cmd":"NODE_HANDLE","msg":"ready"})"},
      {R"({"type":"axm:monitor","data":{},"cmd":"NODE_X"})", Kind::internal,
       R"({"type":"axm:monitor","data":{},"cmd":"NODE_X"})"},
      {R"({"cmd":"NODE_"})", Kind::other, ""},
      {R"({"cmd":1})", Kind::other, ""},
      {R"("not ready")", Kind::other, ""},
      {R"({"type":"axm:option:configuration","data":{}})", Kind::other, ""},
      {R"({"type":"axm:monitor","data":[1]})", Kind::other, ""},
      {R"({"type":"axm:monitor","data":{}} x)", Kind::other, ""},
      {R"({"type":"axm:monitor","data":{"a":}})", Kind::other, ""},
      {"", Kind::other, ""},
      {"ready", Kind::other, ""},
      {"7", Kind::other, ""},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.message);
    const ChannelMessage read = read_channel_message(row.message);
    CHECK(read.kind == row.kind);
    CHECK(read.content == row.content);
  }
}

TEST_CASE("an action is called by its name, or with its parameter and the instance's number") {
  std::array<char, 100> out;
  const auto call = [&](std::string_view action, std::optional<std::string_view> parameter) {
    return std::string(out.data(), write_action_call(action, parameter, 3, out));
  };
  CHECK(call("db:clean", std::nullopt) == "\"db:clean\"\n");
  CHECK(call("say", "a \"b\"") == "{\"msg\":\"say\",\"opts\":\"a \\\"b\\\"\",\"id\":3}\n");
  CHECK(call(std::string(98, 'x'), std::nullopt).empty());
  CHECK(call("x", std::string(72, 'x')).empty());
  CHECK(call("x", std::string(71, 'x')).size() == 100);
}

}  // namespace
}  // namespace pmx
