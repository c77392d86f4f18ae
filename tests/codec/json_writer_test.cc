#include "codec/json_writer.h"

#include <doctest/doctest.h>

#include <optional>

#include "codec/control_request.h"

namespace pmx {
namespace {

TEST_CASE("commas stand between, and text is escaped whatever its length") {
  JsonWriter json;
  json.begin_object().member("a", 1).member("b", "x\"\n").key("c").begin_array();
  json.value(true).null().value(std::optional<unsigned>()).end_array();
  json.key("d").begin_object().end_object().end_object();
  CHECK(json.text() == R"({"a":1,"b":"x\"\n","c":[true,null,null],"d":{}})");

  JsonWriter longer;
  longer.value(std::string(1'000, '"'));
  CHECK(longer.text().size() == 2'002);
}

TEST_CASE("a control request has a version and a command") {
  const auto request =
      parse_control_request(R"({"version":1,"command":"signal","targets":["api","3"],"n":5})");
  REQUIRE(request);
  CHECK(request->command == "signal");
  CHECK(request->targets == std::vector<std::string>{"api", "3"});
  CHECK(request->number("n", 0) == 5);
  CHECK(request->number("m", 9) == 9);
  CHECK(request->text("n").empty());
  CHECK_FALSE(request->flag("n"));
  CHECK_FALSE(parse_control_request("{}"));
  CHECK_FALSE(parse_control_request(R"({"version":1})"));
  CHECK_FALSE(parse_control_request(R"({"version":1,"command":"stop","targets":[1]})"));
}

}  // namespace
}  // namespace pmx
