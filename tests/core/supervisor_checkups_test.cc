#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "support/scripted_world.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;

constexpr ProbeResult kGood{ProbeResult::Kind::good, 0};
constexpr ProbeResult kRefused{ProbeResult::Kind::unreachable, 111};

// PID 1 with several apps in a scripted world: processes are there as soon as they are asked for,
// end when a test says so, and answer probes when a test says so.
struct Apps : ScriptedWorld<Apps> {
  std::vector<unsigned> spawned;
  std::vector<std::pair<int, int>> signals;  // pid, signal
  std::vector<std::pair<unsigned, ProbePurpose>> asked;
  std::vector<unsigned> dropped;

  App& add(std::string name) {
    App app;
    app.name = std::move(name);
    app.process.arguments = {"app"};
    manifest.apps.push_back(std::move(app));
    manifest.signals = supervise();
    return manifest.apps.back();
  }
  void answer(unsigned instance, ProbeResult result) {
    send(ProbeAnswered{InstanceId{instance}, result});
  }
  void end(unsigned instance, ExitStatus status) { send(Exited{InstanceId{instance}, status}); }

  using ScriptedWorld::see;
  void see(const SpawnProcess& effect) {
    const auto id = static_cast<unsigned>(effect.instance);
    spawned.push_back(id);
    send(Spawned{effect.instance, Pid{next_pid_++}});
  }
  void see(const SignalProcess& effect) {
    signals.emplace_back(static_cast<int>(effect.pid), number(effect.signal));
  }
  void see(const LookAround&) {}
  void see(const MeasureMemory&) {}
  void see(const SendShutdown&) { FAIL("nobody has a channel"); }
  void see(const ClearTree& effect) { send(TreeCleared{effect.instance}); }
  void see(const ExplainKill&) {}
  void see(const SignalOthers&) { send(NobodyLeft{}); }
  void see(const StartProbe& effect) {
    asked.emplace_back(static_cast<unsigned>(effect.instance), effect.purpose);
  }
  void see(const StopProbe& effect) { dropped.push_back(static_cast<unsigned>(effect.instance)); }

 private:
  int next_pid_ = 100;
};

Probe port() { return {TcpProbe{}, 250ms, 2s}; }
HealthPolicy often() { return {{TcpProbe{}, 1s, 500ms}, 2, 0ms}; }

TEST_CASE("an app whose probe succeeds is ready, and who depends on that is started then") {
  Apps apps;
  apps.add("cache").life.ready_by = port();
  apps.add("api").depends_on = {{0, Awaited::ready}};
  apps.send(Began{});
  CHECK(apps.spawned == std::vector<unsigned>{0});
  CHECK(!apps.supervisor().is_ready(InstanceId{0}));
  apps.answer(0, kRefused);
  apps.wait(250ms);
  CHECK(apps.spawned == std::vector<unsigned>{0});
  apps.answer(0, kGood);
  CHECK(apps.supervisor().is_ready(InstanceId{0}));
  CHECK(apps.said<ReadyNote>().size() == 1);
  CHECK(apps.spawned == std::vector<unsigned>{0, 1});
}

TEST_CASE("who is not ready in time is warned of with what the probe said last, and goes on") {
  Apps apps;
  App& app = apps.add("a");
  app.life.ready_by = port();
  app.life.listen_timeout = 200ms;
  apps.send(Began{});
  apps.answer(0, kRefused);
  apps.wait(200ms);
  REQUIRE(apps.said<NotReadyNote>().size() == 1);
  CHECK(apps.said<NotReadyNote>()[0].last == kRefused);
  CHECK(apps.signals.empty());
  CHECK(apps.supervisor().deadline());
}

TEST_CASE("an unhealthy app is said to be, stopped and started again") {
  Apps apps;
  apps.add("a").life.health = often();
  apps.send(Began{});
  apps.wait(1s);
  apps.answer(0, kRefused);
  apps.wait(1s);
  apps.answer(0, kRefused);
  REQUIRE(apps.said<UnhealthyNote>().size() == 1);
  CHECK(apps.said<UnhealthyNote>()[0].pid == Pid{100});
  CHECK(apps.said<UnhealthyNote>()[0].last == kRefused);
  CHECK(apps.signals == std::vector<std::pair<int, int>>{{100, 15}});
  CHECK(!apps.supervisor().is_ready(InstanceId{0}));
  apps.end(0, {0, 15});
  REQUIRE(apps.said<ExitedNote>().size() == 1);
  CHECK(!apps.said<ExitedNote>()[0].as_expected);
  CHECK(apps.said<ExitedNote>()[0].next.kind == Sequel::Kind::restart);
  CHECK(apps.spawned == std::vector<unsigned>{0, 0});
  CHECK(apps.supervisor().is_ready(InstanceId{0}));
}

TEST_CASE("who is unhealthy and not restarted makes the exit code, however it ended") {
  for (const ExitStatus status : {ExitStatus{0, 15}, ExitStatus{0, 0}, ExitStatus{143, 0}}) {
    Apps apps;
    App& app = apps.add("a");
    app.life.health = often();
    app.life.restart = Restart::never;
    apps.send(Began{});
    apps.wait(3s);
    REQUIRE(apps.said<UnhealthyNote>().size() == 1);
    apps.end(0, status);
    CHECK(apps.codes == std::vector{143});
  }
}

TEST_CASE("while everything is being stopped nobody is asked, and nobody is found unhealthy") {
  Apps apps;
  apps.add("db").life.health = often();
  App& slow = apps.add("api");
  slow.depends_on = {{0, Awaited::started}};
  apps.send(Began{});
  apps.wait(1s);
  CHECK(apps.asked.size() == 1);
  apps.send(SignalReceived{kSigTerm});
  CHECK(apps.dropped == std::vector<unsigned>{0});
  apps.wait(5s);
  CHECK(apps.asked.size() == 1);
  CHECK(apps.said<UnhealthyNote>().empty());
  apps.end(1, {0, 15});
  apps.end(0, {0, 15});
  CHECK(apps.codes == std::vector{0});
}

TEST_CASE("who was unhealthy before everything was stopped ends as asked to") {
  Apps apps;
  apps.add("a").life.health = often();
  apps.send(Began{});
  apps.wait(3s);
  REQUIRE(apps.said<UnhealthyNote>().size() == 1);
  apps.send(SignalReceived{kSigTerm});
  apps.end(0, {0, 15});
  CHECK(apps.codes == std::vector{0});
}

TEST_CASE("the end of a process is the end of its probe") {
  Apps apps;
  apps.add("a").life.ready_by = port();
  apps.send(Began{});
  CHECK(apps.asked.size() == 1);
  apps.end(0, {1, 0});
  CHECK(apps.dropped == std::vector<unsigned>{0});
  apps.wait(100ms);
  CHECK(apps.spawned.size() == 2);
  CHECK(apps.asked.size() == 2);
}

TEST_CASE("who says that it is about to end is not ready any more") {
  Apps apps;
  apps.add("a").life.watchdog = 1s;
  apps.send(Began{});
  CHECK(apps.supervisor().is_ready(InstanceId{0}));
  apps.send(StoppingSaid{InstanceId{0}});
  CHECK(!apps.supervisor().is_ready(InstanceId{0}));
  apps.wait(5s);
  CHECK(apps.said<UnhealthyNote>().empty());
}

TEST_CASE("a watchdog that is fed keeps the app, and one that is not ends its run") {
  Apps apps;
  apps.add("a").life.watchdog = 1s;
  apps.send(Began{});
  apps.wait(900ms);
  apps.send(WatchdogFed{InstanceId{0}});
  apps.wait(900ms);
  CHECK(apps.said<UnhealthyNote>().empty());
  apps.wait(100ms);
  REQUIRE(apps.said<UnhealthyNote>().size() == 1);
  CHECK(apps.said<UnhealthyNote>()[0].bad_in_a_row == 0);
}

TEST_CASE("who is unhealthy and not restarted is not replaced either") {
  Apps apps;
  App& app = apps.add("a");
  app.process.sockets.emplace_back();
  app.life.health = often();
  app.life.restart = Restart::never;
  apps.send(Began{});
  apps.wait(3s);
  CHECK(apps.spawned == std::vector<unsigned>{0});
  REQUIRE(apps.signals.size() == 1);
  apps.end(0, {0, 15});
  CHECK(apps.codes == std::vector{143});
}

}  // namespace
}  // namespace pmx
