#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "support/supervised.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;

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

TEST_CASE("whose turn to be asked never came is not said to have been asked") {
  App api = Supervised::app("api");
  api.depends_on = {{1, Awaited::started}};
  Supervised world({api, Supervised::app("db")});
  world.manifest.end.stop_timeout = 9s;
  world.begin();
  world.signal(kSigTerm);
  CHECK(world.signals[k1].empty());
  world.wait(9s);
  const auto killed = world.said<KilledNote>();
  const auto of_db = std::ranges::find(killed, k1, &KilledNote::instance);
  REQUIRE(of_db != killed.end());
  CHECK(!of_db->was_asked);
  CHECK(world.signals[k1] == std::vector{9});
  const auto of_api = std::ranges::find(killed, k0, &KilledNote::instance);
  REQUIRE(of_api != killed.end());
  CHECK(of_api->was_asked);
}

}  // namespace
}  // namespace pmx
