#include "codec/json_members.h"

#include <doctest/doctest.h>

#include <string>

namespace pmx {
namespace {

std::string merged(std::string_view old, std::string_view fresh, std::size_t most = 64,
                   std::size_t room = 1'000) {
  std::string out(room, '?');
  return std::string(merge_members(old, fresh, most, out));
}

TEST_CASE("a member is found as it stands; of two with one key the last") {
  CHECK(find_member(R"({"a":1,"b":{"c":[2]},"a":"\n"})", "a") == R"("\n")");
  CHECK(find_member(R"({"a":1,"b":{"c":[2]}})", "b") == R"({"c":[2]})");
  CHECK(find_member(R"({"\u0061":1})", "a") == "1");
  CHECK(find_member(R"({"a":1})", "c").empty());
  CHECK(find_member({}, "c").empty());
  CHECK(find_member(R"({"a":1,"say \"x\"":true})", "say \"x\"") == "true");
}

TEST_CASE("the latest value of each member is kept, in the place that it had") {
  CHECK(merged({}, R"({"a":1})") == R"({"a":1})");
  CHECK(merged(R"({"a":1,"b":2})", R"({"c":3,"a":4})") == R"({"a":4,"b":2,"c":3})");
  CHECK(merged(R"({"a":1})", "{}") == R"({"a":1})");
  CHECK(merged({}, "{}").empty());
  CHECK(merged({}, R"({"a":1,"a":2})") == R"({"a":2})");
  CHECK(merged(R"({"\u0061":1})", R"({"a":2})") == R"({"\u0061":2})");
}

TEST_CASE("what is too much is left out, and what was there stays") {
  CHECK(merged(R"({"a":1})", R"({"b":2,"c":3})", 2) == R"({"a":1,"b":2})");
  CHECK(merged(R"({"a":1,"b":2})", R"({"c":3,"b":4})", 2) == R"({"a":1,"b":4})");
  CHECK(merged(R"({"a":1})", R"({"long":"0123456789","b":2})", 64, 13) == R"({"a":1,"b":2})");
  CHECK(merged({}, R"({"a":1})", 64, 7) == R"({"a":1})");
  CHECK(merged({}, R"({"a":1})", 64, 6).empty());
  CHECK(merged(R"({"a":1})", R"({"b":2})", 64, 13) == R"({"a":1,"b":2})");
  CHECK(merged(R"({"a":1})", R"({"b":2})", 64, 12) == R"({"a":1})");
  CHECK(merged(R"({"a":1})", R"({"b":")" + std::string(100, 'x') + R"("})", 64, 20) ==
        R"({"a":1})");
}

}  // namespace
}  // namespace pmx
