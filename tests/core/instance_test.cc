#include "core/instance.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "support/random_seed.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;

// One instance in a scripted world: time is moved by hand, a process is there as soon as it is
// asked for, or fails to be made.
struct Life {
  Instance instance;
  LifePolicy policy;
  Instant now{};
  int next_pid = 100;
  bool spawn_fails = false;
  int spawns = 0;
  int came_online = 0;
  std::vector<int> signals;
  std::vector<WentDown> ends;

  void send(const InstanceEvent& event) {
    for (const InstanceEffect& effect : step(instance, event, policy, now)) {
      std::visit([this](const auto& e) { see(e); }, effect);
    }
  }

  void see(const Spawn&) {
    ++spawns;
    if (spawn_fails) return send(ProcessFailed{{125, 0}});
    send(ProcessStarted{Pid{next_pid++}});
  }
  void see(const Signal& signal) {
    CHECK(signal.pid == pid(instance.state));
    signals.push_back(number(signal.signal));
  }
  void see(const CameOnline&) { ++came_online; }
  void see(const WentDown& end) { ends.push_back(end); }

  void start() { send(StartRequested{}); }
  void exit_with(int code) { send(ProcessEnded{{code, 0}}); }

  void wait(Duration duration) {
    const Instant until = now + duration;
    while (const auto due = deadline(instance.state)) {
      if (*due > until) break;
      now = std::max(now, *due);
      send(TimePassed{});
    }
    now = until;
  }
  void wait_for_restart() {
    REQUIRE(is<Backoff>());
    wait(*deadline(instance.state) - now);
  }

  template <class State>
  [[nodiscard]] bool is() const {
    return std::holds_alternative<State>(instance.state);
  }
};

TEST_CASE("a process that is not waited for is online at once") {
  Life life;
  life.start();
  CHECK(life.is<Online>());
  CHECK(life.came_online == 1);
  CHECK(pid(life.instance.state) == Pid{100});
  CHECK(!deadline(life.instance.state));
}

TEST_CASE("a process that ignores SIGTERM is killed after kill_timeout, and again") {
  Life life;
  life.start();
  life.send(StopRequested{});
  life.wait(7'999ms);
  CHECK(life.signals == std::vector{15});
  life.wait(1ms);
  CHECK(life.signals == std::vector{15, 9});
  life.wait(5s);
  CHECK(life.signals == std::vector{15, 9, 9});
  life.send(ProcessEnded{{0, 9}});
  CHECK(life.is<Stopped>());
}

TEST_CASE("a process is stopped with the signal of its policy") {
  Life life;
  life.policy.stop_signal = kSigInt;
  life.start();
  life.send(StopRequested{});
  CHECK(life.signals == std::vector{2});
}

TEST_CASE("who never restarts rests after any end") {
  for (const ExitStatus status : {ExitStatus{0, 0}, ExitStatus{1, 0}, ExitStatus{0, 15}}) {
    Life life;
    life.policy.restart = Restart::never;
    life.start();
    life.send(ProcessEnded{status});
    CHECK(life.is<Stopped>());
    CHECK(life.spawns == 1);
  }
}

TEST_CASE("who restarts on failure rests after success only") {
  Life life;
  life.policy.restart = Restart::on_failure;
  life.start();
  life.exit_with(3);
  life.wait_for_restart();
  CHECK(life.spawns == 2);
  life.exit_with(0);
  CHECK(life.is<Stopped>());
}

TEST_CASE("a crash loop backs off twice as long each time, then gives up") {
  Life life;
  life.policy.max_restarts = 9;
  life.start();
  std::vector<Duration> delays;
  for (int i = 0; i < 9; ++i) {
    life.exit_with(1);
    delays.push_back(*deadline(life.instance.state) - life.now);
    life.wait_for_restart();
  }
  CHECK(delays == std::vector<Duration>{100ms, 200ms, 400ms, 800ms, 1'600ms, 3'200ms, 6'400ms,
                                        12'800ms, 15'000ms});
  life.exit_with(7);
  REQUIRE(life.is<Errored>());
  CHECK(std::get<Errored>(life.instance.state).last == ExitStatus{7, 0});
  CHECK(life.spawns == 10);
}

TEST_CASE("a process that was healthy for long enough starts counting anew") {
  Life life;
  life.policy.max_restarts = 2;
  life.start();
  for (int i = 0; i < 10; ++i) {
    life.wait(life.policy.healthy_after);
    life.exit_with(1);
    life.wait_for_restart();
  }
  CHECK(life.is<Online>());
}

TEST_CASE("a spawn that fails backs off too") {
  Life life;
  life.spawn_fails = true;
  life.policy.max_restarts = 2;
  life.start();
  life.wait(60s);
  CHECK(life.is<Errored>());
  CHECK(life.spawns == 3);
}

TEST_CASE("a person may start anew what has given up") {
  Life life;
  life.policy.max_restarts = 0;
  life.start();
  life.exit_with(1);
  REQUIRE(life.is<Errored>());
  life.start();
  CHECK(life.is<Online>());
  CHECK(life.instance.restarts_in_a_row == 0);
}

TEST_CASE("a process that is not ready in time is replaced") {
  Life life;
  life.policy.waits_for_ready = true;
  life.start();
  CHECK(life.is<Starting>());
  life.wait(life.policy.ready_timeout);
  CHECK(life.signals == std::vector{15});
  life.exit_with(0);
  CHECK(life.is<Starting>());
  CHECK(life.spawns == 2);
  life.send(BecameReady{});
  CHECK(life.is<Online>());
  CHECK(life.came_online == 1);
}

TEST_CASE("a start while stopping begins when the old process has gone") {
  Life life;
  life.start();
  life.send(StopRequested{});
  life.start();
  CHECK(life.spawns == 1);
  life.exit_with(0);
  CHECK(life.is<Online>());
  CHECK(life.spawns == 2);
}

TEST_CASE("a stop during backoff cancels the restart") {
  Life life;
  life.start();
  life.exit_with(1);
  life.send(StopRequested{});
  CHECK(life.is<Stopped>());
  life.wait(60s);
  CHECK(life.spawns == 1);
}

TEST_CASE("how long a process lived is counted from its start, not from its readiness") {
  Life life;
  life.policy.waits_for_ready = true;
  life.start();
  life.wait(500ms);
  life.send(BecameReady{});
  life.wait(2s);
  life.send(StopRequested{});
  life.wait(10ms);
  life.exit_with(4);
  REQUIRE(life.ends.size() == 1);
  CHECK(life.ends[0].uptime == 2'510ms);
  CHECK(life.ends[0].pid == Pid{100});
  CHECK(life.ends[0].status == ExitStatus{4, 0});
}

// What every supervisor's bug breaks.
void check_not_stuck(const Life& life) {
  const bool rests = life.is<Stopped>() || life.is<Errored>();
  const bool is_due = deadline(life.instance.state).has_value();
  CHECK((rests || is_due || pid(life.instance.state).has_value()));
  CHECK(!life.is<Launching>());
  if (is_due) CHECK(*deadline(life.instance.state) > life.now);
}

TEST_CASE("an instance always owns a process, or is due, or rests") {
  const unsigned seed = random_seed();
  MESSAGE("PMX_SEED=" << seed);
  std::minstd_rand random(seed);
  for (int run = 0; run < 500; ++run) {
    Life life;
    life.policy.waits_for_ready = random() % 2 == 0;
    life.policy.max_restarts = static_cast<unsigned>(random() % 20);
    life.policy.restart = static_cast<Restart>(random() % 3);
    for (int i = 0; i < 200; ++i) {
      life.spawn_fails = random() % 4 == 0;
      switch (random() % 6) {
        case 0:
          life.start();
          break;
        case 1:
          life.send(StopRequested{random() % 2 == 0 ? After::stay_down : After::start_again});
          break;
        case 2:
          life.send(BecameReady{});
          break;
        case 3:
          if (pid(life.instance.state)) life.exit_with(static_cast<int>(random() % 2));
          break;
        default:
          life.wait(Duration{random() % 4'000});
      }
      check_not_stuck(life);
    }
  }
}

}  // namespace
}  // namespace pmx
