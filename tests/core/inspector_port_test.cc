#include "core/inspector_port.h"

#include <doctest/doctest.h>

#include <vector>

namespace pmx {
namespace {

// What the third worker is given, as "2 --inspect-port=9232"; empty: nothing.
std::string given(std::vector<std::string> arguments, unsigned worker = 3) {
  const auto own = inspector_argument(arguments, worker);
  return own ? std::to_string(own->position) + " " + own->text : std::string();
}

TEST_CASE("each worker has the next port") {
  CHECK(given({"node", "--inspect", "a.js"}, 1) == "2 --inspect-port=9230");
  CHECK(given({"node", "--inspect", "a.js"}) == "2 --inspect-port=9232");
  CHECK(given({"node", "--inspect-brk=7000", "a.js"}) == "2 --inspect-port=7003");
  CHECK(given({"node", "--inspect=0.0.0.0:7000", "a.js"}) == "2 --inspect-port=0.0.0.0:7003");
  CHECK(given({"node", "--inspect=[::1]:7000", "a.js"}) == "2 --inspect-port=[::1]:7003");
  CHECK(given({"node", "--inspect", "--inspect-port", "7000", "a.js"}) == "4 --inspect-port=7003");
  CHECK(given({"node", "-r", "hook", "--inspect", "--title", "x", "a.js"}) ==
        "6 --inspect-port=9232");
  CHECK(given({"node", "--env-file", ".env", "--inspect=21790", "a.js"}, 1) ==
        "4 --inspect-port=21791");
  CHECK(given({"node", "--env-file", ".env", "--disable-warning", "X", "--inspect", "a.js"}) ==
        "6 --inspect-port=9232");
  CHECK(given({"node", "--inspect=65535", "a.js"}) == "2 --inspect-port=1026");
}

TEST_CASE("without an inspector, or with one of any port, nothing is added") {
  CHECK(given({"node", "a.js"}) == "");
  CHECK(given({"node", "a.js", "--inspect"}) == "");
  CHECK(given({"node", "--", "--inspect"}) == "");
  CHECK(given({"node", "--inspect=0", "a.js"}) == "");
  CHECK(given({"node", "--inspect=0.0.0.0:0", "a.js"}) == "");
  CHECK(given({"node", "-r", "--inspect", "a.js"}) == "");
  CHECK(given({"node", "--inspector", "a.js"}) == "");
  CHECK(given({"node", "--inspect-port"}) == "");
  CHECK(given({}) == "");
}

TEST_CASE("in NODE_OPTIONS") {
  CHECK(inspector_option("", 1) == "");
  CHECK(inspector_option("--max-old-space-size=100", 1) == "");
  CHECK(inspector_option("--max-old-space-size=100 --inspect", 1) == "--inspect-port=9230");
  CHECK(inspector_option("--inspect=7000 --inspect=8000", 2) == "--inspect-port=8002");
}

}  // namespace
}  // namespace pmx
