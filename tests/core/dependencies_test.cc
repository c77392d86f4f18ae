#include "core/dependencies.h"

#include <doctest/doctest.h>

#include <vector>

#include "support/supervised.h"

namespace pmx {
namespace {

constexpr InstanceId kApi{0};
constexpr InstanceId kDb{1};

// The one that depends on the other stands first.
std::vector<App> api_and_db(Awaited awaited) {
  App api = Supervised::app("api");
  api.depends_on.push_back({1, awaited});
  App db = Supervised::app("db");
  if (awaited == Awaited::ready) db.life.ready_by = ByMessage{};
  return {api, db};
}

void restart_both(Supervised& world) {
  world.send(RestartAsked{kDb});
  world.send(RestartAsked{kApi});
}

// Both are being replaced, and end.
void expect_api_after_db(Supervised& world) {
  world.exit_with(kApi, 0);
  CHECK(world.spawns[kApi] == 1);
  world.exit_with(kDb, 0);
  CHECK(world.spawns[kDb] == 2);
  CHECK(world.spawns[kApi] == 1);
  world.send(Ready{kDb});
  CHECK(world.spawns[kApi] == 2);
}

TEST_CASE("who is restarted together with what it depends on waits for that") {
  Supervised world(api_and_db(Awaited::ready));
  world.begin();
  CHECK(world.spawns[kApi] == 0);
  world.send(Ready{kDb});
  CHECK(world.spawns[kApi] == 1);
  restart_both(world);
  expect_api_after_db(world);
}

TEST_CASE("what it depends on has started, but the old process is still ending: it waits") {
  Supervised world(api_and_db(Awaited::ready));
  world.begin();
  world.send(Ready{kDb});
  restart_both(world);
  world.exit_with(kDb, 0);
  world.send(Ready{kDb});
  CHECK(world.spawns[kApi] == 1);
  world.exit_with(kApi, 0);
  CHECK(world.spawns[kApi] == 2);
}

TEST_CASE("who waited for a restart in vain has failed, and starts with the next one") {
  App migrate = Supervised::app("migrate");
  migrate.life.restart = Restart::never;
  App api = Supervised::app("api");
  api.depends_on.push_back({1, Awaited::completed});
  Supervised world({api, migrate});
  world.begin();
  world.exit_with(kDb, 0);
  CHECK(world.spawns[kApi] == 1);
  restart_both(world);
  world.exit_with(kApi, 0);
  world.exit_with(kDb, 3);
  CHECK(world.spawns[kApi] == 1);
  CHECK(world.supervisor().member(kApi).last_end == ExitStatus{3, 0});
  CHECK_FALSE(world.codes.empty());
}

TEST_CASE("a restart alone concerns nobody else, and does not wait for who was stopped") {
  Supervised world(api_and_db(Awaited::started));
  world.begin();
  world.send(RestartAsked{kDb});
  CHECK(world.signals[kApi].empty());
  world.exit_with(kDb, 0);
  world.send(StopAsked{kDb});
  world.exit_with(kDb, 0);
  world.send(RestartAsked{kApi});
  world.exit_with(kApi, 0);
  CHECK(world.spawns[kApi] == 2);
}

TEST_CASE("who is started while what it depends on is stopped waits for it, though it ran before") {
  Supervised world(api_and_db(Awaited::started));
  world.begin();
  world.send(StopAsked{kApi});
  world.exit_with(kApi, 0);
  world.send(StopAsked{kDb});
  world.exit_with(kDb, 0);
  world.send(StartAsked{kApi});
  CHECK(world.spawns[kApi] == 1);
  CHECK(world.supervisor().member(kApi).is_kept_waiting);
  world.send(StartAsked{kDb});
  CHECK(world.spawns[kApi] == 2);
}

TEST_CASE("who depends on one that is kept waiting is kept waiting too") {
  constexpr InstanceId kWeb{0};
  constexpr InstanceId kTheirApi{1};
  constexpr InstanceId kTheirDb{2};
  App web = Supervised::app("web");
  web.depends_on = {{1, Awaited::started}};
  App api = Supervised::app("api");
  api.depends_on = {{2, Awaited::started}};
  Supervised world({web, api, Supervised::app("db")});
  world.begin();
  for (const InstanceId id : {kWeb, kTheirApi, kTheirDb}) {
    world.send(StopAsked{id});
    world.exit_with(id, 0);
  }
  world.send(StartAsked{kWeb});
  world.send(StartAsked{kTheirApi});
  CHECK(world.supervisor().member(kTheirApi).is_kept_waiting);
  CHECK(world.supervisor().member(kWeb).is_kept_waiting);
  world.send(StartAsked{kTheirDb});
  CHECK(world.spawns[kTheirApi] == 2);
  CHECK(world.spawns[kWeb] == 2);
}

TEST_CASE("who is changed together with what it depends on waits for that") {
  std::vector<App> apps = api_and_db(Awaited::ready);
  Supervised world(apps);
  world.begin();
  world.send(Ready{kDb});
  for (App& app : apps) app.process.arguments.emplace_back("--new");
  world.change(apps);
  expect_api_after_db(world);
}

TEST_CASE("who is changed does not wait for what a person has stopped since it started") {
  std::vector<App> apps = api_and_db(Awaited::started);
  Supervised world(apps);
  world.begin();
  world.send(StopAsked{kDb});
  world.exit_with(kDb, 0);
  apps[0].process.arguments.emplace_back("--new");
  world.change(apps);
  world.exit_with(kApi, 0);
  CHECK(world.spawns[kApi] == 2);
}

TEST_CASE("a signal that means reload begins with what others depend on") {
  Supervised world(api_and_db(Awaited::ready));
  give_meaning(world.manifest.signals, kSigUsr2, SignalMeaning::reload);
  world.begin();
  world.send(Ready{kDb});
  world.signal(kSigUsr2);
  expect_api_after_db(world);
}

TEST_CASE("what a person stopped is not complete, however well it ended") {
  std::vector<App> apps = api_and_db(Awaited::completed);
  apps[1].life.restart = Restart::on_failure;
  Supervised world(apps);
  world.begin();
  world.send(StopAsked{kDb});
  world.exit_with(kDb, 0);
  CHECK(world.spawns[kApi] == 0);
  world.send(StartAsked{kDb});
  world.exit_with(kDb, 0);
  CHECK(world.spawns[kApi] == 1);
}

TEST_CASE("a signal that means reload brings back nobody whom a person stops") {
  Supervised world(api_and_db(Awaited::started));
  give_meaning(world.manifest.signals, kSigUsr2, SignalMeaning::reload);
  world.begin();
  world.send(StopAsked{kApi});
  world.signal(kSigUsr2);
  world.exit_with(kApi, 0);
  CHECK(world.spawns[kApi] == 1);
}

}  // namespace
}  // namespace pmx
