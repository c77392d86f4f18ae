#include "cli/indented_json.h"

#include <doctest/doctest.h>

namespace pmx::cli {
namespace {

TEST_CASE("each value has a line, and lists of plain values one together") {
  CHECK(indented_json(R"({"apps":[{"command":["a","b c"],"env":{},"n":1}],"x":null})") ==
        R"({
  "apps": [
    {
      "command": ["a", "b c"],
      "env": {},
      "n": 1
    }
  ],
  "x": null
})");
}

TEST_CASE("what stands in texts is no token") {
  CHECK(indented_json(R"({"a\"":"{[,:]}\\"})") == "{\n  \"a\\\"\": \"{[,:]}\\\\\"\n}");
  CHECK(indented_json(R"(["[","]{"])") == R"(["[", "]{"])");
}

}  // namespace
}  // namespace pmx::cli
