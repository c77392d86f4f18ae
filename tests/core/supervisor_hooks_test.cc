#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "support/supervised.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;
using Roles = std::vector<Role>;

constexpr Role kApp = Role::app;
constexpr Role kBefore = Role::pre_start;
constexpr Role kAfter = Role::post_stop;

constexpr InstanceId k0{0};
constexpr InstanceId k1{1};

App app(std::string name, unsigned instances = 1) {
  return Supervised::app(std::move(name), instances);
}
App prepared(App app) {
  app.life.pre_start = Hook{{"migrate"}, 60s};
  return app;
}
App finished(App app) {
  app.life.post_stop = Hook{{"clean"}, 60s};
  return app;
}

TEST_CASE("pre_start is before the first start, and not before the next") {
  Supervised world({prepared(app("api"))});
  world.begin();
  CHECK(world.roles[k0] == Roles{kBefore});
  world.exit_with(k0, 0);
  CHECK(world.roles[k0] == Roles{kBefore, kApp});
  world.wait(2s);
  world.exit_with(k0, 1);
  CHECK(world.roles[k0] == Roles{kBefore, kApp, kApp});
}

TEST_CASE("all instances wait for the pre_start of one") {
  Supervised world({prepared(app("api", 2))});
  world.begin();
  CHECK(world.roles[k0] == Roles{kBefore});
  CHECK(world.roles[k1].empty());
  world.exit_with(k0, 0);
  CHECK(world.roles[k0] == Roles{kBefore, kApp});
  CHECK(world.roles[k1] == Roles{kApp});
}

TEST_CASE("who depends on the app waits for the app, not for its pre_start") {
  App web = app("web");
  web.depends_on = {{0, Awaited::started}};
  Supervised world({prepared(app("api")), std::move(web)});
  world.begin();
  CHECK(world.spawns[k1] == 0);
  world.exit_with(k0, 0);
  CHECK(world.spawns[k1] == 1);
}

TEST_CASE("a pre_start that fails is a failed start, of all instances in the end") {
  App api = prepared(app("api", 2));
  api.life.max_restarts = 2;
  Supervised world({std::move(api)});
  world.begin();
  world.wait(10s);  // however long it takes
  world.exit_with(k0, 7);
  CHECK(world.roles[k0] == Roles{kBefore});
  world.wait(100ms);
  CHECK(world.roles[k0] == Roles{kBefore, kBefore});
  world.exit_with(k0, 7);
  CHECK(world.spawns[k1] == 0);
  CHECK(world.codes == std::vector{7});
}

TEST_CASE("a pre_start that takes too long is killed, and has failed") {
  App api = prepared(app("api"));
  api.life.max_restarts = 1;
  Supervised world({std::move(api)});
  world.begin();
  world.wait(60s);
  CHECK(world.signals[k0] == std::vector{9});
  world.die_of(k0, kSigKill);
  CHECK(world.codes == std::vector{137});
}

TEST_CASE("a stop during pre_start is a stop, and the next start begins with it") {
  Supervised world({prepared(app("api")), app("other")});
  world.begin();
  world.send(StopAsked{k0});
  CHECK(world.signals[k0] == std::vector{15});
  world.die_of(k0, kSigTerm);
  CHECK_FALSE(world.is_up(k0));
  world.send(StartAsked{k0});
  CHECK(world.roles[k0] == Roles{kBefore, kBefore});
}

TEST_CASE("post_stop is after the last stop, and what the app depends on stays for it") {
  App api = finished(app("api", 2));
  api.depends_on = {{1, Awaited::started}};
  Supervised world({std::move(api), app("db")});
  constexpr InstanceId kDb{2};
  world.begin();
  world.signal(kSigTerm);
  world.die_of(k1, kSigTerm);
  CHECK(world.roles[k0] == Roles{kApp});
  world.die_of(k0, kSigTerm);
  CHECK(world.roles[k0] == Roles{kApp, kAfter});
  CHECK(world.roles[k1] == Roles{kApp});
  CHECK(world.signals[kDb].empty());
  world.exit_with(k0, 3);  // changes no exit code
  CHECK(world.signals[kDb] == std::vector{15});
  world.exit_with(kDb, 0);
  CHECK(world.codes == std::vector{0});
}

TEST_CASE("a stop of one app is not its last; its end and that of all is") {
  App api = finished(app("api"));
  api.life.restart = Restart::never;
  Supervised world({std::move(api)});
  world.begin();
  world.send(StopAsked{k0});
  world.die_of(k0, kSigTerm);
  world.send(StartAsked{k0});
  CHECK(world.roles[k0] == Roles{kApp, kApp});
  world.exit_with(k0, 5);
  CHECK(world.roles[k0] == Roles{kApp, kApp, kAfter});
  CHECK(world.codes.empty());
  world.exit_with(k0, 0);
  CHECK(world.codes == std::vector{5});
}

TEST_CASE("an app that never ran is not finished, and nobody is who is killed") {
  App late = finished(app("late"));
  late.starts_by_itself = false;
  Supervised world({std::move(late), finished(app("api"))});
  world.begin();
  world.signal(kSigTerm);
  world.signal(kSigTerm);
  CHECK(world.signals[k1] == std::vector{15, 9});
  world.die_of(k1, kSigKill);
  CHECK(world.spawns[k0] == 0);
  CHECK(world.roles[k1] == Roles{kApp});
  CHECK(world.codes == std::vector{137});
}

TEST_CASE("a post_stop that takes too long is killed") {
  Supervised world({finished(app("api"))});
  world.begin();
  world.signal(kSigTerm);
  world.die_of(k0, kSigTerm);
  world.wait(9s);  // stop_timeout
  CHECK(world.signals[k0] == std::vector{15, 9});
  world.die_of(k0, kSigKill);
  CHECK(world.codes == std::vector{0});
}

TEST_CASE("an app that is taken out is finished before it goes") {
  Supervised world({finished(app("api", 2)), app("stays")});
  world.begin();
  world.change({app("stays")});
  world.die_of(k0, kSigTerm);
  CHECK(world.roles[k0] == Roles{kApp});
  world.die_of(k1, kSigTerm);
  CHECK(world.roles[k1] == Roles{kApp, kAfter});
  CHECK(world.forgotten == std::vector{k0});
  world.exit_with(k1, 0);
  CHECK(world.forgotten == std::vector{k0, k1});
}

TEST_CASE("an app that is replaced is a new one: pre_start runs again, once") {
  Supervised world({prepared(app("api", 2))});
  world.begin();
  world.exit_with(k0, 0);
  App next = prepared(app("api", 2));
  next.process.arguments = {"node", "new.js"};
  world.change({next});
  world.die_of(k0, kSigTerm);
  world.die_of(k1, kSigTerm);
  CHECK(world.roles[k0] == Roles{kBefore, kApp, kBefore});
  world.exit_with(k0, 0);
  CHECK(world.roles[k0] == Roles{kBefore, kApp, kBefore, kApp});
  CHECK(world.roles[k1] == Roles{kApp, kApp});
}

TEST_CASE("when the instance that ran pre_start was stopped another one runs it") {
  Supervised world({prepared(app("api", 2))});
  world.begin();
  world.send(StopAsked{k0});
  CHECK(world.spawns[k1] == 0);
  world.die_of(k0, kSigTerm);
  CHECK(world.roles[k1] == Roles{kBefore});
}

TEST_CASE("an app that was to be replaced is finished as it was") {
  Supervised world({finished(app("api"))});
  world.begin();
  world.change({app("api")});
  world.signal(kSigTerm);
  world.die_of(k0, kSigTerm);
  CHECK(world.roles[k0] == Roles{kApp, kAfter});
  world.exit_with(k0, 0);
  CHECK(world.codes == std::vector{0});
}

TEST_CASE("who is asked to start again while it is replaced is started once") {
  App job = prepared(app("job"));
  job.life.restart = Restart::never;
  Supervised world({job, app("stays")});
  world.begin();
  world.exit_with(k0, 0);
  job.process.arguments = {"node", "new.js"};
  world.change({job, app("stays")});
  world.send(RestartAsked{k0});
  world.send(StartAsked{k0});
  world.die_of(k0, kSigTerm);
  world.exit_with(k0, 0);  // pre_start
  world.exit_with(k0, 0);
  CHECK(world.roles[k0] == Roles{kBefore, kApp, kBefore, kApp});
  CHECK_FALSE(world.is_up(k0));
}

TEST_CASE("a pre_start that fails runs once where nothing is restarted") {
  App api = prepared(app("api", 3));
  api.life.restart = Restart::never;
  Supervised world({std::move(api)});
  world.begin();
  world.exit_with(k0, 9);
  CHECK(world.spawns[k1] == 0);
  CHECK(world.said<BlockedNote>().size() == 2);
  CHECK(world.codes == std::vector{9});
}

}  // namespace
}  // namespace pmx
