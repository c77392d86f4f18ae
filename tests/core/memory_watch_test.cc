#include "core/memory_watch.h"

#include <doctest/doctest.h>

#include "support/supervised.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;

constexpr InstanceId kFirst{0};
constexpr InstanceId kSecond{1};
constexpr std::uint64_t kCeiling = 1'000'000;

App limited(std::string name) {
  App app = Supervised::app(std::move(name));
  app.memory_ceiling = kCeiling;
  return app;
}

TEST_CASE("without a ceiling nobody looks, and nothing wakes us") {
  Supervised world({Supervised::app("api")});
  world.begin();
  CHECK(!world.supervisor().deadline());
  world.wait(10s);
  CHECK(world.measurements == 0);
}

TEST_CASE("an app with a ceiling is looked at every second, from a second after its start") {
  Supervised world({limited("api")});
  world.begin();
  world.wait(999ms);
  CHECK(world.measurements == 0);
  world.wait(1ms);
  CHECK(world.measurements == 1);
  world.wait(9s);
  CHECK(world.measurements == 10);
}

TEST_CASE("nobody looks at an app that has no process") {
  Supervised world({limited("api"), Supervised::app("other")});
  world.manifest.apps[0].life.restart = Restart::never;
  world.begin();
  world.exit_with(kFirst, 0);
  CHECK(!world.supervisor().deadline());
}

TEST_CASE("all apps with a ceiling are looked at together") {
  Supervised world({limited("api"), limited("db"), Supervised::app("other")});
  world.begin();
  world.wait(3s);
  CHECK(world.measurements == 2 * 3);
}

TEST_CASE("who uses more than its ceiling is said and restarted: asked to stop, then started") {
  Supervised world({limited("api")});
  world.begin();
  world.memory[kFirst] = kCeiling;
  world.wait(1s);
  CHECK(world.signals[kFirst].empty());
  world.memory[kFirst] = kCeiling + 1;
  world.wait(1s);
  REQUIRE(world.said<MemoryLimitNote>().size() == 1);
  CHECK(world.said<MemoryLimitNote>()[0].bytes == kCeiling + 1);
  CHECK(world.said<MemoryLimitNote>()[0].ceiling == kCeiling);
  CHECK(world.signals[kFirst] == std::vector{15});
  CHECK(world.spawns[kFirst] == 1);
  world.die_of(kFirst, kSigTerm);
  CHECK(world.spawns[kFirst] == 2);
}

TEST_CASE("who is being stopped for its memory is not asked again") {
  Supervised world({limited("api")});
  world.begin();
  world.memory[kFirst] = kCeiling + 1;
  world.wait(7s);
  CHECK(world.signals[kFirst] == std::vector{15});
  CHECK(world.said<MemoryLimitNote>().size() == 1);
}

TEST_CASE("a restart for memory is none of the unstable ones that are counted") {
  Supervised world({limited("api")});
  world.manifest.apps[0].life.max_restarts = 2;
  world.manifest.apps[0].life.min_uptime = 1min;
  world.begin();
  world.memory[kFirst] = kCeiling + 1;
  for (int i = 0; i < 5; ++i) {
    world.wait(1s);
    world.die_of(kFirst, kSigTerm);
    CHECK(world.is_up(kFirst));
  }
  CHECK(world.spawns[kFirst] == 6);
}

TEST_CASE("also who is never restarted otherwise is restarted for its memory") {
  Supervised world({limited("api")});
  world.manifest.apps[0].life.restart = Restart::never;
  world.begin();
  world.memory[kFirst] = kCeiling + 1;
  world.wait(1s);
  world.die_of(kFirst, kSigTerm);
  CHECK(world.is_up(kFirst));
}

TEST_CASE("each instance has the ceiling for itself") {
  Supervised world({limited("api")});
  world.manifest.apps[0].instances = 2;
  world.begin();
  world.memory[kFirst] = kCeiling;
  world.memory[kSecond] = kCeiling + 1;
  world.wait(1s);
  CHECK(world.signals[kFirst].empty());
  CHECK(world.signals[kSecond] == std::vector{15});
}

TEST_CASE("while everything is being stopped nobody is restarted") {
  Supervised world({limited("api")});
  world.begin();
  world.memory[kFirst] = kCeiling + 1;
  world.signal(kSigTerm);
  world.wait(5s);
  CHECK(world.measurements == 0);
  world.die_of(kFirst, kSigTerm);
  CHECK(world.codes == std::vector{0});
}

TEST_CASE("before a stop we look who is below whom, if its tree is to be stopped") {
  Supervised world({Supervised::app("tree"), Supervised::app("bare")});
  world.manifest.apps[0].life.clears_tree = true;
  world.begin();
  world.signal(kSigTerm);
  CHECK(world.looks == 1);
}

}  // namespace
}  // namespace pmx
