#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/errand.h"
#include "core/targets.h"
#include "support/supervised.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;

constexpr InstanceId k0{0};
constexpr InstanceId k1{1};
constexpr InstanceId k2{2};
constexpr InstanceId k3{3};
constexpr InstanceId k4{4};

App cluster(unsigned instances, unsigned parallel = 1) {
  App app = Supervised::app("api", instances);
  app.is_clustered = true;
  app.life.ready_by = ByListening{};
  app.cluster.parallel = parallel;
  app.cluster.drain_timeout = 10s;
  return app;
}

void begin_ready(Supervised& world) {
  world.begin();
  const std::size_t instances = world.supervisor().roster().size();
  for (unsigned i = 0; i < instances; ++i) world.send(Ready{InstanceId{i}});
}

void reload_all(Supervised& world) {
  for (const InstanceId id : find_target(world.supervisor().roster(), "all")) {
    if (!world.supervisor().roster()[id].is_passing) world.send(ReloadAsked{id});
  }
}

const Place& place(Supervised& world, InstanceId id) { return world.supervisor().roster()[id]; }

// Who is called so.
InstanceId called(Supervised& world, unsigned id) { return *world.supervisor().roster().find(id); }

TEST_CASE("one after the other: the successor is ready before the old one is drained") {
  Supervised world({cluster(2)});
  begin_ready(world);
  reload_all(world);
  CHECK(world.spawns[k2] == 1);
  CHECK(world.spawns[k3] == 0);
  CHECK(world.drains.empty());
  CHECK(place(world, k2).number == 0);

  world.send(Ready{k2});
  CHECK(world.drains.contains(k0));
  CHECK(world.drains[k0] == 10s);
  CHECK(world.signals[k0].empty());
  CHECK(called(world, 0) == k2);
  CHECK(world.spawns[k3] == 0);  // the old one is still there

  world.send(DrainDone{k0});
  CHECK(world.signals[k0] == std::vector{15});
  world.exit_with(k0, 0);
  CHECK(world.forgotten == std::vector{k0});
  CHECK(world.said<ReloadedNote>().size() == 1);

  CHECK(world.spawns[k3] == 1);  // the other one's successor: not in the place of the first yet
  CHECK(place(world, k3).number == 1);
  world.send(Ready{k3});
  world.send(DrainDone{k1});
  world.exit_with(k1, 0);
  CHECK(called(world, 1) == k3);
  CHECK(world.said<ReloadedNote>().size() == 2);
  CHECK(world.supervisor().member(k3).instance.restarts == 1);
  CHECK(find_target(world.supervisor().roster(), "all").size() == 2);
}

TEST_CASE("so many at once as it says") {
  Supervised world({cluster(4, 3)});
  begin_ready(world);
  reload_all(world);
  CHECK(world.spawns[InstanceId{4}] == 1);
  CHECK(world.spawns[InstanceId{6}] == 1);
  CHECK(world.spawns[InstanceId{7}] == 0);
}

TEST_CASE("who has not finished in time is stopped, and then killed") {
  Supervised world({cluster(1)});
  begin_ready(world);
  reload_all(world);
  world.send(Ready{k1});
  world.wait(9'999ms);
  CHECK(world.signals[k0].empty());
  world.wait(1ms);
  CHECK(world.signals[k0] == std::vector{15});
  world.wait(8s);
  CHECK(world.signals[k0] == std::vector{15, 9});
  world.die_of(k0, kSigKill);
  CHECK(world.forgotten == std::vector{k0});
}

TEST_CASE("a successor that ends before it is ready: the old ones stay") {
  Supervised world({cluster(2)});
  begin_ready(world);
  Errand first = replacement_of(world.supervisor().member(k0), false);
  Errand second = replacement_of(world.supervisor().member(k1), false);
  reload_all(world);
  CHECK(state_of(first, world.supervisor().member(k0), world.now) == ErrandState::pending);
  world.exit_with(k2, 1);
  CHECK(world.spawns[k2] == 1);  // it has one attempt
  CHECK(world.spawns[k3] == 0);
  CHECK(world.drains.empty());
  CHECK(world.forgotten == std::vector{k2});
  CHECK(state_of(first, world.supervisor().member(k0), world.now) == ErrandState::failed);
  CHECK(state_of(second, world.supervisor().member(k1), world.now) == ErrandState::failed);
  const auto said = world.said<ReloadFailedNote>();
  REQUIRE(said.size() == 1);
  CHECK(said[0].instance == k0);
  CHECK(said[0].why == ReloadFailure::ended);
  CHECK(said[0].others == 1);
  CHECK(world.codes.empty());
  CHECK(world.is_up(k0));
}

TEST_CASE("a successor that never listens: it is stopped after listen_timeout") {
  Supervised world({cluster(1)});
  begin_ready(world);
  reload_all(world);
  world.wait(3s);
  CHECK(world.drains.contains(k1));  // it may have clients all the same
  world.send(DrainDone{k1});
  CHECK(world.signals[k1] == std::vector{15});
  CHECK(world.said<ReloadFailedNote>().at(0).why == ReloadFailure::not_ready);
  CHECK(world.said<NotReadyNote>().empty());
  world.die_of(k1, kSigTerm);
  CHECK(world.is_up(k0));
  CHECK(!world.drains.contains(k0));
  CHECK(world.forgotten == std::vector{k1});
}

TEST_CASE("a reload during the first: whoever waits its turn is replaced once, others twice") {
  Supervised world({cluster(2)});
  begin_ready(world);
  reload_all(world);
  Errand again0 = replacement_of(world.supervisor().member(k0), false);
  Errand again1 = replacement_of(world.supervisor().member(k1), false);
  CHECK(again0.generation == 2);
  CHECK(again1.generation == 1);
  reload_all(world);
  for (int i = 0; i < 8; ++i) {
    for (unsigned id = 0; id < world.supervisor().roster().size(); ++id) {
      const InstanceId one{id};
      const Member& member = world.supervisor().member(one);
      if (std::holds_alternative<Starting>(member.instance.state)) world.send(Ready{one});
      if (std::holds_alternative<Draining>(member.instance.state)) world.send(DrainDone{one});
      if (std::holds_alternative<Stopping>(member.instance.state)) world.exit_with(one, 0);
    }
  }
  CHECK(world.said<ReloadedNote>().size() == 3);
  CHECK(state_of(again0, world.supervisor().member(called(world, 0)), world.now) ==
        ErrandState::done);
  CHECK(state_of(again1, world.supervisor().member(called(world, 1)), world.now) ==
        ErrandState::done);
  CHECK(find_target(world.supervisor().roster(), "all").size() == 2);
}

TEST_CASE("who ends while it waits its turn is not replaced again") {
  Supervised world({cluster(2)});
  begin_ready(world);
  Errand second = replacement_of(world.supervisor().member(k1), false);
  reload_all(world);
  world.wait(2s);
  world.exit_with(k1, 1);
  CHECK(world.spawns[k1] == 2);
  world.send(Ready{k1});
  CHECK(state_of(second, world.supervisor().member(k1), world.now) == ErrandState::done);
  world.send(Ready{k2});
  world.send(DrainDone{k0});
  world.exit_with(k0, 0);
  CHECK(world.spawns[k3] == 0);
}

TEST_CASE("stopped meanwhile: the successor goes too") {
  Supervised world({cluster(1)});
  begin_ready(world);
  reload_all(world);
  world.send(StopAsked{k0});
  CHECK(world.signals[k0] == std::vector{15});
  CHECK(world.drains.contains(k1));
  world.die_of(k0, kSigTerm);
  world.die_of(k1, kSigTerm);
  CHECK(world.forgotten == std::vector{k1});
  CHECK(world.codes.empty());  // a person stopped it
}

TEST_CASE("the old one ends while its successor starts: that takes its place all the same") {
  Supervised world({cluster(1)});
  begin_ready(world);
  reload_all(world);
  world.wait(2s);
  world.exit_with(k0, 1);
  CHECK(world.spawns[k0] == 2);
  world.send(Ready{k1});
  CHECK(called(world, 0) == k1);
  CHECK(!world.drains.contains(k1));
}

TEST_CASE("a signal that means reload is not for who is being replaced already") {
  Supervised world({cluster(1)});
  give_meaning(world.manifest.signals, kSigUsr2, SignalMeaning::reload);
  begin_ready(world);
  reload_all(world);
  world.send(Ready{k1});
  world.signal(kSigUsr2);
  world.send(DrainDone{k0});
  world.exit_with(k0, 0);
  CHECK(world.spawns[k2] == 1);  // the successor of the successor
  CHECK(place(world, k2).is_passing);
  CHECK(world.supervisor().member(k2).predecessor == k1);
}

TEST_CASE(
    "too much memory: replaced before it is stopped; without a successor stopped all the same") {
  App app = cluster(1);
  app.memory_ceiling = 100;
  Supervised world({app});
  begin_ready(world);
  world.memory[k0] = 200;
  world.wait(1s);
  CHECK(world.spawns[k1] == 1);
  CHECK(world.signals[k0].empty());
  world.wait(1s);
  CHECK(world.said<MemoryLimitNote>().size() == 1);
  world.exit_with(k1, 1);
  world.send(DrainDone{k0});
  CHECK(world.signals[k0] == std::vector{15});
  world.die_of(k0, kSigTerm);
  CHECK(world.spawns[k0] == 2);
}

TEST_CASE("another definition is taken by rolling too, and a broken one leaves the old") {
  Supervised world({cluster(2)});
  begin_ready(world);
  App other = cluster(2);
  other.process.arguments.emplace_back("--other");
  world.change({other});
  CHECK(world.spawns[k2] == 1);
  CHECK(world.supervisor().member(k2).app().process.arguments.back() == "--other");
  CHECK(world.supervisor().member(k0).app().process.arguments.back() == "app.js");
  CHECK(world.signals.empty());
  world.exit_with(k2, 1);
  CHECK(world.is_up(k0));
  CHECK(world.is_up(k1));
  CHECK(world.spawns[k3] == 0);
}

TEST_CASE("after a rollout that failed all are as they were, until somebody asks again") {
  Supervised world({cluster(2)});
  begin_ready(world);
  const auto version_of = [&world](InstanceId id) {
    return world.supervisor().member(id).app().process.arguments.back();
  };
  App other = cluster(2);
  other.process.arguments.emplace_back("--other");
  world.change({other});
  world.exit_with(k2, 1);
  world.exit_with(k1, 1);  // by itself, later
  world.wait(60s);
  CHECK(version_of(k1) == "app.js");
  world.send(Ready{k1});

  SUBCASE("not where something else changes") {
    world.change({other, Supervised::app("more")});
    CHECK(world.said<ReloadingNote>().size() == 1);
    world.change({cluster(2), Supervised::app("more")});  // as they are
    CHECK(world.said<ReloadingNote>().size() == 1);
    CHECK(world.signals.empty());
  }
  SUBCASE("the same once more: all are replaced") {
    Manifest next = world.manifest;
    next.apps = {other};
    world.send(ManifestChanged{.manifest = &next, .tries_again = true});
    CHECK(world.said<ReloadingNote>().size() == 2);
    world.send(Ready{k2});
    CHECK(version_of(k2) == "--other");
    world.send(DrainDone{k0});
    world.die_of(k0, kSigTerm);
    CHECK(world.said<ReloadingNote>().size() == 3);
  }
  SUBCASE("a reload brings what is wanted") {
    world.send(ReloadAsked{k1});
    CHECK(world.said<ReloadingNote>().size() == 2);
    CHECK(version_of(k2) == "--other");
  }
  SUBCASE("a restart as well") {
    world.send(RestartAsked{k1});
    world.die_of(k1, kSigTerm);
    CHECK(version_of(k1) == "--other");
    CHECK(version_of(k0) == "app.js");
  }
}

TEST_CASE("what who stays as it was depends on is where it is now") {
  App db = Supervised::app("db");
  db.life.ready_by = ByMessage{};
  App api = cluster(1);
  api.depends_on = {{1, Awaited::ready}};
  Supervised world({api, db});
  world.begin();
  world.send(Ready{k1});
  world.send(Ready{k0});
  App other = api;
  other.process.umask = 1;
  other.depends_on = {{2, Awaited::ready}};
  world.change({Supervised::app("first"), other, db});
  const auto successor = world.supervisor().member(k0).successor;
  REQUIRE(successor.has_value());
  world.send(RestartAsked{k1});
  world.send(RestartAsked{k0});
  world.exit_with(*successor, 1);
  world.die_of(k0, kSigTerm);
  world.die_of(k1, kSigTerm);
  CHECK(!world.is_up(k0));
  world.send(Ready{k1});
  CHECK(world.is_up(k0));
  CHECK(!world.supervisor().member(k0).app().process.umask);
}

TEST_CASE("a change whose successors are refused at once has failed") {
  App job = Supervised::app("job");
  job.life.restart = Restart::never;
  Supervised world({cluster(1), job});
  world.manifest.end.exit_when = ExitWhen::never;
  begin_ready(world);
  world.exit_with(k1, 1);
  App other = cluster(1);
  other.process.umask = 1;
  other.depends_on = {{1, Awaited::completed}};
  world.change({other, job});
  const Member& member = world.supervisor().member(k0);
  CHECK(member.change.serial == world.supervisor().changes());
  Errand errand = errand_of_change(member);
  CHECK(state_of(errand, member, world.now) == ErrandState::failed);
  CHECK(member.reload_failure == ReloadFailure::blocked);
}

TEST_CASE("fewer: those that go are drained") {
  Supervised world({cluster(3)});
  begin_ready(world);
  world.change({cluster(1)});
  CHECK(world.drains.contains(k1));
  CHECK(world.drains.contains(k2));
  CHECK(!world.drains.contains(k0));
  CHECK(world.signals.empty());
}

TEST_CASE("everything stops: what is left of stop_timeout is for finishing") {
  Supervised world({cluster(2)});
  world.manifest.end.stop_timeout = 10s;
  begin_ready(world);
  reload_all(world);
  world.signal(kSigTerm);
  CHECK(world.drains[k0] == 5s);
  CHECK(world.drains[k1] == 5s);
  world.wait(5s);
  CHECK(world.signals[k0] == std::vector{15});
  for (const InstanceId id : {k0, k1, k2}) world.die_of(id, kSigTerm);
  CHECK(world.codes == std::vector{0});
}

TEST_CASE("what is handed sockets overlaps without draining; others are stopped first") {
  App sockets = Supervised::app("sockets");
  sockets.process.sockets.emplace_back();
  Supervised world({sockets, Supervised::app("plain")});
  world.begin();
  reload_all(world);
  CHECK(world.spawns[k2] == 1);
  CHECK(world.signals[k0] == std::vector{15});  // its successor runs, and is ready with that
  CHECK(world.drains.empty());
  CHECK(world.signals[k1] == std::vector{15});
  world.die_of(k1, kSigTerm);
  CHECK(world.spawns[k1] == 2);
}

TEST_CASE(
    "another definition while a successor starts: it is given up, and what is wanted counts") {
  const App first = cluster(1);
  App second = first;
  second.process.arguments = {"node", "second.js"};
  App third = first;
  third.process.arguments = {"node", "third.js"};
  Supervised world({first});
  begin_ready(world);
  world.change({second});
  CHECK(world.spawns[k1] == 1);
  world.change({third});
  CHECK(world.drains.contains(k1));
  CHECK(world.spawns[k2] == 1);
  CHECK(place(world, k2).app->process.arguments == third.process.arguments);
  world.change({first});  // the way back
  CHECK(world.drains.contains(k2));
  world.die_of(k1, kSigTerm);
  world.die_of(k2, kSigTerm);
  CHECK(world.signals[k0].empty());
  CHECK(world.spawns[k0] == 1);
  CHECK(called(world, 0) == k0);
  CHECK_FALSE(world.is_up(k1));
  CHECK_FALSE(world.is_up(k2));
}

TEST_CASE("another definition while its successor starts, of an app that is further behind now") {
  Supervised world({cluster(2)});
  begin_ready(world);
  world.send(ReloadAsked{k0});
  App other = cluster(2);
  other.process.umask = 1;
  world.change({Supervised::app("first"), other});
  CHECK(world.supervisor().member(k2).is_leaving);
  world.die_of(k2, kSigTerm);
  for (const InstanceId old : {k0, k1}) {
    const auto successor = world.supervisor().member(old).successor;
    REQUIRE(successor.has_value());
    CHECK(world.supervisor().member(*successor).app().process.umask == other.process.umask);
    world.send(Ready{*successor});
    world.send(Exited{old, {}});
  }
  CHECK(world.supervisor().roster().of_app(0).size() == 1);
  CHECK(world.supervisor().roster().of_app(1).size() == 2);
}

TEST_CASE("the same definition again while its successor starts: that goes on") {
  const App first = cluster(1);
  App second = first;
  second.process.arguments = {"node", "second.js"};
  Supervised world({first});
  begin_ready(world);
  world.change({second});
  world.change({second});
  CHECK(world.signals[k1].empty());
  world.send(Ready{k1});
  CHECK(called(world, 0) == k1);
  CHECK(world.spawns[k2] == 0);
}

TEST_CASE("who is at fault goes when its turn comes, although the first successor failed") {
  App app = cluster(2);
  app.memory_ceiling = 100;
  Supervised world({app});
  begin_ready(world);
  world.memory = {{k0, 200}, {k1, 200}};
  world.wait(1s);
  CHECK(world.spawns[k2] == 1);
  world.exit_with(k2, 1);
  CHECK(world.said<ReloadFailedNote>().back().is_restarted);
  CHECK(world.drains.contains(k0));
  CHECK(world.signals[k0].empty());
  CHECK(world.spawns[k3] == 1);  // for the other one
  CHECK(place(world, k3).number == 1);
  world.exit_with(k3, 1);
  CHECK(world.drains.contains(k1));
  world.send(DrainDone{k0});
  CHECK(world.signals[k0] == std::vector{15});
  world.die_of(k0, kSigTerm);
  CHECK(world.spawns[k0] == 2);
}

TEST_CASE(
    "who is unhealthy soon after its start is restarted with a delay, and given up in the end") {
  App app = cluster(1);
  app.life.watchdog = 1h;
  app.life.max_restarts = 2;
  Supervised world({app});
  world.manifest.end.exit_when = ExitWhen::never;
  begin_ready(world);
  world.wait(2s);
  world.send(WatchdogTriggered{k0});  // a good while after its start
  REQUIRE(world.said<ReloadingNote>().size() == 1);
  world.send(Ready{k1});
  world.send(DrainDone{k0});
  world.exit_with(k0, 0);
  for (int n = 1; n <= 2; ++n) {
    CHECK(world.spawns[k1] == n);
    world.send(WatchdogTriggered{k1});
    CHECK(world.said<ReloadingNote>().size() == 1);
    world.exit_with(k1, 0);
    world.wait(500ms);
    if (world.is_up(k1)) world.send(Ready{k1});
  }
  CHECK(!world.is_up(k1));
  CHECK(std::holds_alternative<Errored>(world.supervisor().member(k1).instance.state));
}

TEST_CASE("who is at fault while its successor starts is replaced once") {
  App app = cluster(1);
  app.memory_ceiling = 100;
  Supervised world({app});
  begin_ready(world);
  world.send(ReloadAsked{k0});
  world.memory = {{k0, 200}};
  world.wait(2s);
  CHECK(world.said<MemoryLimitNote>().size() == 1);
  world.send(Ready{k1});
  world.exit_with(k0, 0);
  CHECK(world.spawns[k0] + world.spawns[k2] == 1);
  CHECK(called(world, 0) == k1);
}

TEST_CASE("who is at fault waits for the version that is wanted meanwhile") {
  App first = cluster(1);
  first.memory_ceiling = 100;
  App second = first;
  second.process.arguments = {"node", "second.js"};
  Supervised world({first});
  begin_ready(world);
  world.memory = {{k0, 200}};
  world.wait(1s);
  CHECK(world.spawns[k1] == 1);
  world.change({second});
  CHECK(world.drains.count(k0) == 0);
  CHECK(world.signals[k0].empty());
  CHECK(world.spawns[k2] == 1);
  CHECK(place(world, k2).app->process.arguments == second.process.arguments);
  world.change({first});  // the way back: it is at fault all the same
  CHECK(world.spawns[k3] == 1);
  world.send(Ready{k3});
  CHECK(world.drains.contains(k0));
}

TEST_CASE("who is restarted while its successor starts is answered by that") {
  Supervised world({cluster(1)});
  begin_ready(world);
  world.send(ReloadAsked{k0});
  world.send(RestartAsked{k0});
  world.die_of(k0, kSigTerm);
  Errand errand{Errand::Goal::running, k0, world.supervisor().member(k0).starts};
  world.send(RestartAsked{k0});
  world.send(Ready{k1});
  CHECK(called(world, 0) == k1);
  CHECK(state_of(errand, world.supervisor().member(k1), world.now) == ErrandState::done);
}

TEST_CASE("more again while those that are to go finish: they do, and come back") {
  Supervised world({cluster(2)});
  begin_ready(world);
  world.change({cluster(1)});
  CHECK(world.drains.contains(k1));
  world.change({cluster(2)});
  CHECK(world.signals[k1].empty());
  world.send(DrainDone{k1});
  CHECK(world.signals[k1] == std::vector{15});
  world.die_of(k1, kSigTerm);
  CHECK(world.spawns[k1] == 2);
  CHECK(world.supervisor().roster().size() == 2);
}

TEST_CASE(
    "what a successor depends on has failed since: the old one stays, and who asked is told") {
  App job = Supervised::app("job");
  job.life.restart = Restart::never;
  App api = cluster(1);
  api.depends_on = {{0, Awaited::completed}};
  Supervised world({job, api});
  world.begin();
  world.exit_with(k0, 0);
  world.send(Ready{k1});
  world.send(RestartAsked{k0});
  world.exit_with(k0, 1);
  Errand errand = replacement_of(world.supervisor().member(k1), false);
  world.send(ReloadAsked{k1});
  CHECK(world.said<ReloadFailedNote>().back().why == ReloadFailure::blocked);
  CHECK(state_of(errand, world.supervisor().member(k1), {}) == ErrandState::failed);
  CHECK(world.spawns[k2] == 0);
  CHECK(place(world, k2).is_free);
  CHECK(world.supervisor().is_ready(k1));
  CHECK(world.codes.empty());

  world.send(RestartAsked{k0});
  world.exit_with(k0, 0);
  world.send(StopAsked{k0});  // it has completed for all that
  world.send(ReloadAsked{k1});
  CHECK(world.spawns[k2] == 1);
}

TEST_CASE("who is restarted, and at fault as well, waits all the same for what it depends on") {
  Supervised world({Supervised::app("job"), cluster(1)});
  world.manifest.apps[0].life.restart = Restart::never;
  world.manifest.apps[1].depends_on = {{0, Awaited::completed}};
  world.manifest.apps[1].memory_ceiling = 100;
  world.begin();
  world.exit_with(k0, 0);
  world.send(Ready{k1});
  world.send(RestartAsked{k0});
  world.memory = {{k1, 200}};
  world.wait(1s);
  CHECK(world.said<ReloadingNote>().size() == 1);
  world.send(RestartAsked{k1});
  world.exit_with(k0, 1);
  CHECK(world.said<ReloadFailedNote>().back().why == ReloadFailure::blocked);
  world.die_of(k1, kSigTerm);
  CHECK(world.spawns[k1] == 1);
  CHECK(!world.supervisor().member(k1).waits);
}

TEST_CASE("who is asked to stop gets nothing new; when nobody is to come nobody listens") {
  Supervised world({cluster(2)});
  begin_ready(world);
  world.send(StopAsked{k0});
  CHECK(world.retired == std::vector{k0});
  world.die_of(k0, kSigTerm);
  CHECK(world.closed.empty());
  world.send(RestartAsked{k1});
  CHECK(world.retired == std::vector{k0, k1});
  world.die_of(k1, kSigTerm);
  CHECK(world.closed.empty());  // it starts again
  world.send(StopAsked{k1});
  CHECK(world.closed.size() == 1);
  world.die_of(k1, kSigTerm);
  CHECK(world.closed.size() == 2);  // it may have asked for more
}

TEST_CASE("who is stopped has the place now, whoever had it when it was found") {
  Supervised world({cluster(1)});
  begin_ready(world);
  reload_all(world);
  world.send(StopAsked{k1});  // nobody means a successor that is not ready
  CHECK(world.is_up(k1));
  CHECK(!world.supervisor().member(k1).is_held);
  world.send(Ready{k1});
  world.send(StopAsked{k0});  // found before that
  CHECK(world.supervisor().member(k1).is_held);
  CHECK(world.signals[k1] == std::vector{15});
}

TEST_CASE("what is said of one that has gone is about nobody who comes with the same event") {
  Supervised world({cluster(1), Supervised::app("old")});
  begin_ready(world);
  world.send(ReloadAsked{k0});
  world.send(Ready{k2});
  world.send(ReloadAsked{k2});  // waits until the first has gone
  world.send(DrainDone{k0});
  world.exit_with(k0, 0);
  CHECK(world.forgotten == std::vector{k0});
  CHECK(world.spawns[k0] == 1);
  CHECK(world.spawns[k3] == 1);
}

TEST_CASE("a reload may say how many at once, for itself") {
  Supervised world({cluster(3)});
  begin_ready(world);
  for (const InstanceId id : {k0, k1, k2}) world.send(ReloadAsked{id, 2});
  CHECK(world.spawns[k3] == 1);
  CHECK(world.spawns[k4] == 1);
  CHECK(world.supervisor().roster().size() == 5);
  world.send(ReloadAsked{k2});
  world.send(Ready{k3});
  world.exit_with(k0, 0);
  CHECK(world.spawns[k0] + world.spawns[k1] == 2);  // the other one is under way
  world.send(Ready{k4});
  world.exit_with(k1, 0);
  CHECK(world.spawns[k0] + world.spawns[k1] == 3);  // at a place that was left
}

TEST_CASE("a successor that is too large before it is ready is looked at when it has taken over") {
  App app = cluster(1);
  app.memory_ceiling = 100;
  Supervised world({app});
  begin_ready(world);
  world.send(ReloadAsked{k0});
  world.memory = {{k1, 200}};
  world.wait(2s);
  CHECK(world.said<MemoryLimitNote>().empty());
  world.send(Ready{k1});
  world.wait(1s);
  CHECK(world.said<MemoryLimitNote>().size() == 1);
}

TEST_CASE("how many at once a reload has said is forgotten by the next version") {
  Supervised world({cluster(3)});
  begin_ready(world);
  for (const InstanceId id : {k0, k1, k2}) world.send(ReloadAsked{id, 3});
  App next = cluster(3);
  next.process.arguments.emplace_back("--new");
  world.change({next});
  for (const InstanceId id : {k3, k4, InstanceId{5}}) world.exit_with(id, 0);  // of before
  const auto successors =
      std::ranges::count_if(world.supervisor().roster().of_app(0),
                            [&](InstanceId id) { return place(world, id).is_passing; });
  CHECK(successors == 1);
}

TEST_CASE("where a version is to stop the other first there is no successor") {
  Supervised world({cluster(2)});
  begin_ready(world);
  App next = cluster(2);
  next.process.arguments.emplace_back("--new");
  Manifest manifest = world.manifest;
  manifest.apps = {next};
  world.send(ManifestChanged{&manifest, true});
  CHECK(world.supervisor().roster().size() == 2);
  CHECK(world.signals[k0] == std::vector{15});
  CHECK(world.signals[k1] == std::vector{15});
  world.exit_with(k0, 0);
  CHECK(world.spawns[k0] == 2);
}

TEST_CASE("who leaves is not reloaded") {
  App top = Supervised::app("top");
  top.depends_on.push_back({0, Awaited::started});
  Supervised world({cluster(1), top});
  begin_ready(world);
  world.change({});
  world.send(ReloadAsked{k0});
  CHECK(world.supervisor().roster().size() == 2);
  world.exit_with(k1, 0);
  world.send(DrainDone{k0});
  world.exit_with(k0, 0);
  CHECK(world.forgotten.size() == 2);
}

TEST_CASE("who waits for its stop is not brought back by too much memory, nor by another version") {
  App base = cluster(1);
  base.memory_ceiling = 100;
  App top = Supervised::app("top");
  top.depends_on.push_back({0, Awaited::started});
  Supervised world({base, top});
  begin_ready(world);
  world.send(StopAsked{k0});
  world.send(StopAsked{k1});
  world.memory = {{k0, 200}};
  world.wait(2s);
  base.process.arguments.emplace_back("--new");
  world.change({base, top});
  CHECK(world.supervisor().roster().size() == 2);
  world.exit_with(k1, 0);
  world.exit_with(k0, 0);
  CHECK(world.supervisor().member(k0).is_at_rest());
  CHECK(world.spawns[k0] == 1);
}

TEST_CASE("a successor that ends because everything is being stopped has not failed") {
  Supervised world({cluster(1)});
  begin_ready(world);
  world.send(ReloadAsked{k0});
  world.signal(kSigTerm);
  world.die_of(k1, kSigTerm);
  REQUIRE(world.said<ReloadFailedNote>().size() == 1);
  CHECK(world.said<ReloadFailedNote>()[0].why == ReloadFailure::unwanted);
  for (const ExitedNote& ended : world.said<ExitedNote>()) {
    CHECK(ended.next.kind == Sequel::Kind::nothing);
  }
}

TEST_CASE("a successor that ends before it is ready has not been given up after so many runs") {
  Supervised world({cluster(1)});
  begin_ready(world);
  world.send(ReloadAsked{k0});
  world.exit_with(k1, 1);
  REQUIRE(world.said<ExitedNote>().size() == 1);
  CHECK(world.said<ExitedNote>()[0].next.kind == Sequel::Kind::nothing);
}

}  // namespace
}  // namespace pmx
