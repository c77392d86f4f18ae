#include <doctest/doctest.h>

#include <vector>

#include "support/supervised.h"

namespace pmx {
namespace {

constexpr InstanceId k0{0};
constexpr InstanceId k1{1};

TEST_CASE("of a critical app the instance that failed first decides, whoever ended last") {
  App api = Supervised::app("api", 2);
  api.life.restart = Restart::never;
  api.is_critical = true;
  Supervised world({api});
  world.begin();
  world.exit_with(k0, 7);
  world.exit_with(k1, 0);
  CHECK(world.codes == std::vector{7});
  REQUIRE(world.said<EndDecidedNote>().size() == 1);
  CHECK(world.said<EndDecidedNote>()[0].instance == k0);
}

}  // namespace
}  // namespace pmx
