#include "codec/app_message.h"

#include <doctest/doctest.h>

#include <string>

#include "codec/json_object.h"

namespace pmx {
namespace {

std::string metrics_of(const std::string& data, std::size_t room = 20'000) {
  std::string out(room, '?');
  return std::string(read_metrics(data, out));
}

TEST_CASE("of a metric its value, unit and type are kept") {
  CHECK(metrics_of(R"({"Heap Size":{"historic":true,"unit":"MiB","type":"v8/heap","value":"9.23"},)"
                   R"("users":{"historic":true,"value":-1.5e3},"on":{"value":false,"unit":3}})") ==
        R"({"Heap Size":{"value":"9.23","unit":"MiB","type":"v8/heap"},)"
        R"("users":{"value":-1.5e3},"on":{"value":false}})");
  CHECK(metrics_of("{}").empty());
}

TEST_CASE("what is no metric, or too long a one, is left out") {
  const std::string longer(kLongestToldValue, 'x');
  CHECK(metrics_of(R"({"a":1,"b":{},"c":{"value":{}},"d":{"value":[1]},"e":{"value":1e999},)"
                   R"("f":{"value":")" +
                   longer + R"("},")" + longer + R"(yz":{"value":1},"g":{"value":1,"unit":")" +
                   longer + R"("}})") == R"({"g":{"value":1}})");
  std::string many = "{";
  for (int n = 0; n < 1000; ++n) many += "\"" + std::to_string(n) + R"(":{"value":1},)";
  many.back() = '}';
  const std::string kept = metrics_of(many);
  REQUIRE(find_json_object(kept));
  CHECK(kept.ends_with(R"("63":{"value":1}})"));
}

TEST_CASE("what finds no room is left out") {
  const std::string data = R"({"a":{"value":1},"long name":{"value":"long"},"b":{"value":2}})";
  const std::string both = R"({"a":{"value":1},"b":{"value":2}})";
  CHECK(metrics_of(data, both.size()) == both);
  CHECK(metrics_of(data, both.size() - 1) == R"({"a":{"value":1}})");
  CHECK(metrics_of(data, 15).empty());
}

TEST_CASE("of an action its name is kept") {
  std::string out(200, '?');
  CHECK(read_action(R"({"action_name":"db:clean","arity":1})", out) == R"({"db:clean":true})");
  CHECK(read_action(R"({"action_name":""})", out).empty());
  CHECK(read_action(R"({"action_name":5})", out).empty());
  CHECK(read_action("{}", out).empty());
  CHECK(read_action(R"({"action_name":")" + std::string(200, 'x') + R"("})", out).empty());
}

}  // namespace
}  // namespace pmx
