#include "core/plan.h"

#include <doctest/doctest.h>

namespace pmx {
namespace {

using namespace std::chrono_literals;

// web waits for api, api for db and cache; nobody waits for cron.
Manifest web() {
  Manifest manifest;
  manifest.apps.resize(5);
  manifest.apps[0].name = "web";
  manifest.apps[0].depends_on = {{.app = 1}};
  manifest.apps[1].name = "api";
  manifest.apps[1].depends_on = {{.app = 3}, {.app = 2}};
  manifest.apps[2].name = "db";
  manifest.apps[3].name = "cache";
  manifest.apps[4].name = "cron";
  for (App& app : manifest.apps) app.life.kill_timeout = 2s;
  return manifest;
}

TEST_CASE("who waits for nobody starts first, with all others that wait for nobody") {
  CHECK(stages_of_start(web().apps) == Stages{{2, 3, 4}, {1}, {0}});
  CHECK(stages_of_start({}).empty());
}

TEST_CASE("nobody stops before those that depend on it have") {
  CHECK(stages_of_stop(web().apps) == Stages{{0, 4}, {1}, {2, 3}});
}

TEST_CASE("the longest stop is that of those who wait for each other, and the grace of others") {
  Manifest manifest = web();
  CHECK(longest_stop(manifest) == 8s);
  manifest.end.grace = 0s;
  CHECK(longest_stop(manifest) == 6s);
  manifest.apps[4].life.kill_timeout = 7s;
  CHECK(longest_stop(manifest) == 7s);
}

TEST_CASE("a command after the last stop takes its time too") {
  Manifest manifest = web();
  manifest.end.stop_timeout = 55s;
  manifest.apps[1].life.post_stop = Hook{{"after"}, 40s};
  CHECK(longest_stop(manifest) == 48s);
  manifest.apps[1].life.post_stop->timeout = 60s;
  CHECK(longest_stop(manifest) == 55s);
}

TEST_CASE("stop_timeout ends it, but no kill_timeout is cut short") {
  Manifest manifest = web();
  manifest.end.stop_timeout = 5s;
  CHECK(longest_stop(manifest) == 5s);
  manifest.apps[2].life.kill_timeout = 20s;
  CHECK(stop_limit(manifest) == 20s);
  CHECK(longest_stop(manifest) == 20s);
}

TEST_CASE("with no app there is nothing to wait for but others") {
  CHECK(longest_stop({}) == EndPolicy{}.grace);
}

}  // namespace
}  // namespace pmx
