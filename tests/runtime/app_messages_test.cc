#include "runtime/app_messages.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace pmx::runtime {
namespace {

constexpr InstanceId kFirst{0};
constexpr InstanceId kSecond{1};

struct Told {
  Told() { messages.make_room(2); }

  void say(InstanceId instance, std::string_view message) {
    messages.take(instance, read_channel_message(message));
  }
  void reply(InstanceId instance, const std::string& action, const std::string& returned) {
    say(instance, R"({"type":"axm:reply","data":{"action_name":")" + action + R"(","return":)" +
                      returned + "}}");
  }

  AppMessages messages;
};

TEST_CASE("what an instance tells is kept until it ends, the latest value of each") {
  Told told;
  told.say(kFirst, R"({"type":"axm:monitor","data":{"a":{"value":1},"b":{"value":2}}})");
  told.say(kFirst, R"({"type":"axm:monitor","data":{"a":{"value":3}}})");
  told.say(kFirst, R"({"type":"axm:action","data":{"action_name":"x"}})");
  told.say(kFirst, R"({"type":"axm:action","data":{"action_name":"y"}})");
  CHECK(told.messages.metrics(kFirst) == R"({"a":{"value":3},"b":{"value":2}})");
  CHECK(told.messages.actions(kFirst) == R"({"x":true,"y":true})");
  CHECK(told.messages.metrics(kSecond).empty());
  told.messages.forget(kFirst);
  CHECK(told.messages.metrics(kFirst).empty());
  CHECK(told.messages.actions(kFirst).empty());
}

TEST_CASE("it never becomes more than there is room for") {
  Told told;
  for (int n = 0; n < 1000; ++n) {
    const std::string name = std::to_string(n);
    told.say(kFirst, R"({"type":"axm:monitor","data":{")" + name + R"(":{"value":1}}})");
    told.say(kFirst, R"({"type":"axm:action","data":{"action_name":")" + name + R"("}})");
  }
  CHECK(told.messages.metrics(kFirst).ends_with(R"("63":{"value":1}})"));
  CHECK(told.messages.actions(kFirst).ends_with(R"("63":true})"));
}

TEST_CASE("a call is answered by the instance that was asked, the earlier one first") {
  Told told;
  const auto first = told.messages.expect(kFirst, "say \"x\"");
  const auto second = told.messages.expect(kFirst, "say \"x\"");
  REQUIRE((first && second));
  told.reply(kSecond, "say \\\"x\\\"", "0");
  told.reply(kFirst, "another", "0");
  CHECK(told.messages.state_of(*first).kind == CallState::Kind::waiting);
  told.reply(kFirst, "say \\\"x\\\"", R"({"a":[1]})");
  CHECK(told.messages.state_of(*first).kind == CallState::Kind::answered);
  CHECK(told.messages.state_of(*first).answer == R"({"a":[1]})");
  CHECK(told.messages.state_of(*second).kind == CallState::Kind::waiting);
  told.say(kFirst, R"({"type":"axm:reply","data":{"action_name":"say \"x\""}})");
  CHECK(told.messages.state_of(*second).answer == "null");
}

TEST_CASE("whose process ends answers no more") {
  Told told;
  const auto call = told.messages.expect(kFirst, "x");
  const auto other = told.messages.expect(kSecond, "x");
  REQUIRE((call && other));
  told.messages.forget(kFirst);
  CHECK(told.messages.state_of(*call).kind == CallState::Kind::ended);
  CHECK(told.messages.state_of(*other).kind == CallState::Kind::waiting);
  told.messages.drop(*other);
  CHECK(told.messages.state_of(*other).kind == CallState::Kind::ended);
}

TEST_CASE("so many calls wait at once and no more") {
  Told told;
  std::vector<CallId> calls;
  while (const auto call = told.messages.expect(kFirst, "x")) calls.push_back(*call);
  CHECK(calls.size() == AppMessages::kMostCalls);
  told.messages.drop(calls.front());
  CHECK(told.messages.expect(kFirst, "x").has_value());
}

}  // namespace
}  // namespace pmx::runtime
