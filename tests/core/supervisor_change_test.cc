#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/targets.h"
#include "support/supervised.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;

constexpr InstanceId k0{0};
constexpr InstanceId k1{1};
constexpr InstanceId k2{2};

App app(std::string name, unsigned instances = 1) {
  return Supervised::app(std::move(name), instances);
}

App other(std::string name) {
  App app = Supervised::app(std::move(name));
  app.process.arguments.emplace_back("--other");
  return app;
}

App after(App app, const std::vector<std::size_t>& needed) {
  for (const std::size_t index : needed) app.depends_on.push_back({index, Awaited::started});
  return app;
}

std::vector<std::string> names(Supervised& world) {
  std::vector<std::string> names;
  for (const InstanceId id : find_target(world.supervisor().roster(), "all")) {
    const Member& member = world.supervisor().member(id);
    names.push_back(member.app().name + std::to_string(member.place->number));
  }
  return names;
}

std::string argument(Supervised& world, InstanceId id) {
  return world.supervisor().member(id).app().process.arguments.back();
}

TEST_CASE("the same apps again: nothing happens") {
  Supervised world({app("api", 2), app("worker")});
  world.begin();
  world.change({app("api", 2), app("worker")});
  CHECK(world.spawns[k0] == 1);
  CHECK(world.spawns[k2] == 1);
  CHECK(world.signals.empty());
  CHECK(world.supervisor().member(k0).change.serial == 0);
}

TEST_CASE("a new app is started, one that has gone is stopped and then meant by nobody") {
  Supervised world({app("old")});
  world.begin();
  world.change({app("new")});
  CHECK(world.spawns[k1] == 1);
  CHECK(world.signals[k0] == std::vector{15});
  CHECK(names(world) == std::vector<std::string>{"old0", "new0"});
  CHECK(world.forgotten.empty());
  world.exit_with(k0, 0);
  CHECK(names(world) == std::vector<std::string>{"new0"});
  CHECK(world.forgotten == std::vector{k0});
  CHECK(world.codes.empty());
}

TEST_CASE("what is asked of one that has gone meanwhile starts nobody") {
  Supervised world({app("stays"), app("old")});
  world.begin();
  world.change({app("stays")});
  world.exit_with(k1, 0);
  world.change({app("stays")});  // there is no second app now, not one that goes either
  world.send(StopAsked{k1});
  world.send(StartAsked{k1});
  world.send(RestartAsked{k1});
  world.send(ReloadAsked{k1});
  CHECK(world.spawns[k1] == 1);
  CHECK(world.supervisor().member(k1).is_at_rest());
}

TEST_CASE("its place is another's then") {
  Supervised world({app("old"), app("stays")});
  world.begin();
  world.change({app("stays")});
  world.exit_with(k0, 3);
  world.change({app("stays"), app("new")});
  CHECK(world.supervisor().roster().size() == 2);
  CHECK(world.supervisor().member(k0).app().name == "new");
  CHECK(world.supervisor().member(k0).starts == 1);
  CHECK(!world.supervisor().member(k0).last_end);
}

TEST_CASE("an app that is defined in another way is stopped as it was and started as it is") {
  App first = app("api");
  first.life.stop_signal = kSigInt;
  Supervised world({first});
  world.begin();
  world.change({other("api")});
  CHECK(world.signals[k0] == std::vector{2});
  CHECK(argument(world, k0) == "app.js");  // as long as the old process is there
  world.die_of(k0, kSigInt);
  CHECK(world.spawns[k0] == 2);
  CHECK(argument(world, k0) == "--other");
  CHECK(world.codes.empty());
}

TEST_CASE("changed twice before it has stopped: the last definition counts") {
  Supervised world({app("api")});
  world.begin();
  world.change({other("api")});
  world.change({app("api")});
  world.exit_with(k0, 0);
  CHECK(world.spawns[k0] == 2);
  CHECK(argument(world, k0) == "app.js");
}

TEST_CASE("who a person stopped stays down, with the new definition") {
  Supervised world({app("api"), app("other")});
  world.begin();
  world.send(StopAsked{k0});
  world.exit_with(k0, 0);
  world.change({other("api"), app("other")});
  CHECK(world.spawns[k0] == 1);
  CHECK(argument(world, k0) == "--other");
  world.send(StartAsked{k0});
  CHECK(world.spawns[k0] == 2);
}

TEST_CASE("who was given up gets another chance when it is defined in another way, only then") {
  App once = app("migrate");
  once.life.restart = Restart::never;
  Supervised world({once, app("api")});
  world.begin();
  world.exit_with(k0, 1);
  world.change({once, app("api")});
  CHECK(world.spawns[k0] == 1);
  world.change({other("migrate"), app("api")});
  CHECK(world.spawns[k0] == 2);
}

TEST_CASE("more instances are added, fewer: those with the highest numbers go") {
  Supervised world({app("api", 2)});
  world.begin();
  world.change({app("api", 3)});
  CHECK(names(world) == std::vector<std::string>{"api0", "api1", "api2"});
  CHECK(world.spawns[k0] == 1);
  CHECK(world.spawns[k2] == 1);
  world.change({app("api", 1)});
  CHECK(world.signals[k0].empty());
  CHECK(world.signals[k1] == std::vector{15});
  CHECK(world.signals[k2] == std::vector{15});
  world.exit_with(k1, 0);
  world.exit_with(k2, 0);
  CHECK(names(world) == std::vector<std::string>{"api0"});
  world.change({app("api", 2)});
  CHECK(world.supervisor().member(k1).place->number == 1);
}

TEST_CASE("another ceiling of memory counts at once, and replaces nobody") {
  App api = app("api");
  api.memory_ceiling = 100;
  Supervised world({api});
  world.begin();
  api.memory_ceiling = 50;
  world.change({api});
  CHECK(world.signals.empty());
  world.memory[k0] = 80;
  world.wait(2s);
  CHECK(world.signals[k0] == std::vector{15});
}

TEST_CASE("those who leave stop in the reverse order of dependency") {
  Supervised world({app("db"), after(app("api"), {0}), app("stays")});
  world.begin();
  world.change({app("stays")});
  CHECK(world.signals[k1] == std::vector{15});
  CHECK(world.signals[k0].empty());
  world.exit_with(k1, 0);
  CHECK(world.signals[k0] == std::vector{15});
  world.exit_with(k0, 0);
  CHECK(names(world) == std::vector<std::string>{"stays0"});
}

TEST_CASE("what an app depends on is found where it is now") {
  Supervised world({app("gone"), app("db"), after(app("api"), {1})});
  world.begin();
  world.change({app("db"), after(app("api"), {0})});
  CHECK(world.signals[k2].empty());  // it is the same app
  world.exit_with(k0, 0);
  world.signal(kSigTerm);
  CHECK(world.signals[k2] == std::vector{15});
  CHECK(world.signals[k1].empty());
  world.exit_with(k2, 0);
  CHECK(world.signals[k1] == std::vector{15});
}

TEST_CASE("an app that comes back before it has gone is started again when its process has ended") {
  Supervised world({app("api"), app("stays")});
  world.begin();
  world.change({app("stays")});
  CHECK(world.signals[k0] == std::vector{15});
  world.change({app("stays"), app("api")});
  CHECK(world.supervisor().roster().size() == 2);
  world.exit_with(k0, 0);
  CHECK(world.spawns[k0] == 2);
  CHECK(names(world) == std::vector<std::string>{"api0", "stays0"});
}

TEST_CASE("the exit code of an app that has gone counts no more, and without apps it goes on") {
  Supervised world({app("api")});
  world.begin();
  world.change({});
  world.exit_with(k0, 7);
  CHECK(world.codes.empty());
  world.signal(kSigTerm);
  CHECK(world.codes == std::vector{0});
}

TEST_CASE("while everything is being stopped nothing is changed") {
  Supervised world({app("api")});
  world.begin();
  world.signal(kSigTerm);
  world.change({app("new")});
  CHECK(world.supervisor().roster().size() == 1);
  CHECK(world.supervisor().changes() == 0);
}

TEST_CASE("a new app waits for what it depends on, which may be running already") {
  Supervised world({app("db")});
  world.begin();
  world.change({app("db"), after(app("api"), {0, 2}), app("late")});
  CHECK(world.is_up(k1));
  CHECK(world.is_up(k2));
}

TEST_CASE("those with the highest numbers go, wherever their places are") {
  Supervised world({app("api", 2)});
  world.begin();
  world.change({app("api", 1)});
  world.exit_with(k1, 0);
  world.change({app("api", 1), app("other")});  // at the place that was left
  world.change({app("api", 3), app("other")});
  world.change({app("api", 3)});
  world.exit_with(k1, 0);
  world.change({app("api", 4)});  // the last one at that place
  CHECK(names(world) == std::vector<std::string>{"api0", "api3", "api1", "api2"});
  world.change({app("api", 3)});
  CHECK(world.signals[k1].size() == 3);
  world.exit_with(k1, 0);
  CHECK(names(world) == std::vector<std::string>{"api0", "api1", "api2"});
}

TEST_CASE("how an app ended that a person had stopped before says nothing about all") {
  Supervised world({app("api"), app("worker")});
  world.begin();
  world.send(StopAsked{k0});
  world.exit_with(k0, 7);
  world.send(SignalReceived{kSigTerm});
  world.exit_with(k1, 0);
  world.send(NobodyLeft{});
  CHECK(world.codes == std::vector{0});
}

TEST_CASE("who depends on what is changed as well is stopped, and waits for it") {
  App migrate = app("migrate");
  migrate.life.restart = Restart::never;
  App api = app("api");
  api.depends_on.push_back({0, Awaited::completed});
  Supervised world({migrate, api});
  world.begin();
  world.exit_with(k0, 0);
  CHECK(world.spawns[k1] == 1);
  migrate.process.arguments = api.process.arguments = {"node", "new.js"};
  world.change({migrate, api});
  CHECK(world.spawns[k0] == 2);
  CHECK(world.signals[k1] == std::vector{15});
  world.exit_with(k1, 0);
  CHECK(world.spawns[k1] == 1);
  world.exit_with(k0, 0);
  CHECK(world.spawns[k1] == 2);
}

TEST_CASE("who leaves while it waits to be restarted is gone at once, and with it who it needs") {
  Supervised world({app("a"), after(app("b"), {0}), app("c")});
  world.begin();
  world.exit_with(k1, 3);
  world.exit_with(k0, 3);
  world.change({app("c")});
  CHECK(names(world) == std::vector<std::string>{"c0"});
  CHECK(world.forgotten.size() == 2);
}

TEST_CASE("one that waits to be started gets more that run once it does") {
  App idle = app("idle");
  idle.starts_by_itself = false;
  Supervised world({idle});
  world.begin();
  idle.instances = 2;
  world.change({idle});
  CHECK(world.spawns[k1] == 0);
  world.send(StartAsked{k0});
  idle.instances = 3;
  world.change({idle});
  CHECK(world.spawns[k2] == 1);
  CHECK(world.spawns[k1] == 0);  // nobody has started that
}

}  // namespace
}  // namespace pmx
