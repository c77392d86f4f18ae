#include "core/instance.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "support/random_seed.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;

// One instance in a scripted world: time is moved by hand, a process is there as soon as it is
// asked for, or when answer() says so, or fails to be made.
struct Life {
  Instance instance;
  LifePolicy policy;
  Instant now{};
  int next_pid = 100;
  bool spawn_fails = false;
  bool answers_late = false;
  bool is_asked = false;  // for a process that is not there yet
  bool fails_for_good = false;
  bool tree_stays = false;
  int spawns = 0;
  int came_online = 0;
  std::vector<int> signals;
  std::vector<int> tree_signals;
  int messages = 0;
  int not_ready = 0;
  std::vector<Duration> drains;
  std::vector<WentDown> ends;

  void send(const InstanceEvent& event) {
    for (const InstanceEffect& effect : step(instance, event, policy, now)) {
      std::visit([this](const auto& e) { see(e); }, effect);
    }
  }

  void see(const Spawn&) {
    ++spawns;
    is_asked = true;
    if (!answers_late) answer();
  }
  void answer() {
    if (!std::exchange(is_asked, false)) return;
    if (spawn_fails) return send(ProcessFailed{{125, 0}, fails_for_good});
    send(ProcessStarted{Pid{next_pid++}});
  }
  void see(const Signal& signal) {
    CHECK(signal.pid == pid(instance.state));
    signals.push_back(number(signal.signal));
  }
  void see(const SayShutdown& message) {
    CHECK(message.pid == pid(instance.state));
    ++messages;
  }
  void see(const SignalTree& signal) {
    tree_signals.push_back(number(signal.signal));
    if (!tree_stays) send(TreeGone{});
  }
  void see(const Drain& drain) {
    CHECK(drain.pid == pid(instance.state));
    drains.push_back(drain.patience);
  }
  void see(const CameOnline&) { ++came_online; }
  void see(const NotReady&) { ++not_ready; }
  void see(const FailedToStart&) {}
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

TEST_CASE("a process that is stopped by a message gets no signal but, in the end, SIGKILL") {
  Life life;
  life.policy.stops_by_message = true;
  life.start();
  life.send(StopRequested{});
  life.send(StopRequested{});
  CHECK(life.messages == 1);
  life.wait(life.policy.kill_timeout - 1ms);
  CHECK(life.signals.empty());
  life.wait(1ms);
  CHECK(life.signals == std::vector{number(kSigKill)});
  life.exit_with(0);
  CHECK(life.is<Stopped>());
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

TEST_CASE("a crash loop backs off half as long again each time, then gives up") {
  Life life;
  life.policy.max_restarts = 14;
  life.start();
  std::vector<Duration> delays;
  for (int i = 0; i < 13; ++i) {
    life.exit_with(1);
    delays.push_back(*deadline(life.instance.state) - life.now);
    life.wait_for_restart();
  }
  CHECK(delays == std::vector<Duration>{100ms, 150ms, 225ms, 337ms, 505ms, 757ms, 1'135ms, 1'702ms,
                                        2'553ms, 3'829ms, 5'743ms, 8'614ms, 12'921ms});
  life.exit_with(7);
  REQUIRE(life.is<Errored>());
  CHECK(std::get<Errored>(life.instance.state).last == ExitStatus{7, 0});
  CHECK(life.spawns == 14);
  CHECK(life.instance.restarts == 13);
}

TEST_CASE("the delay grows to fifteen seconds and no further, and unlimited means for ever") {
  Life life;
  life.policy.max_restarts = std::nullopt;
  life.start();
  for (int i = 0; i < 40; ++i) {
    life.exit_with(1);
    CHECK(*deadline(life.instance.state) - life.now <= 15s);
    life.wait_for_restart();
  }
  life.exit_with(1);
  CHECK(*deadline(life.instance.state) - life.now == 15s);
}

TEST_CASE("after a stable run there is no delay, and the count of unstable ones begins anew") {
  Life life;
  life.policy.max_restarts = 2;
  life.start();
  for (int i = 0; i < 10; ++i) {
    life.exit_with(1);
    life.wait_for_restart();
    life.wait(life.policy.min_uptime);
    life.exit_with(1);
    CHECK(life.is<Online>());
  }
  CHECK(life.instance.short_in_a_row == 20);
  life.wait(kCalm);
  life.exit_with(1);
  CHECK(life.instance.short_in_a_row == 0);
}

TEST_CASE("who counts as stable however short it lived is not restarted in a busy loop") {
  Life life;
  life.policy.min_uptime = 0ms;
  life.start();
  life.exit_with(0);
  REQUIRE(life.is<Backoff>());
  CHECK(*deadline(life.instance.state) - life.now == 100ms);
}

TEST_CASE("a restart_delay is the same each time, after stable runs too") {
  Life life;
  life.policy.restart_delay = 700ms;
  life.start();
  for (const Duration uptime : {Duration{0}, Duration{5'000}, Duration{0}}) {
    life.wait(uptime);
    life.exit_with(1);
    REQUIRE(life.is<Backoff>());
    CHECK(*deadline(life.instance.state) - life.now == 700ms);
    life.wait_for_restart();
  }
}

TEST_CASE("an exponential delay grows over stable runs, and a calm one ends it") {
  Life life;
  life.policy.backoff = 200ms;
  life.start();
  std::vector<Duration> delays;
  for (const Duration uptime : {2'000ms, 2'000ms, 2'000ms, 31'000ms}) {
    life.wait(uptime);
    life.exit_with(1);
    delays.push_back(*deadline(life.instance.state) - life.now);
    life.wait_for_restart();
  }
  CHECK(delays == std::vector<Duration>{200ms, 300ms, 450ms, 200ms});
}

TEST_CASE("a code that means stop is not restarted; the same number of a signal is") {
  Life life;
  life.policy.stop_exit_codes.set(9);
  life.start();
  life.send(ProcessEnded{{0, 9}});
  CHECK(life.is<Backoff>());
  life.wait_for_restart();
  life.exit_with(9);
  CHECK(life.is<Stopped>());
}

TEST_CASE("a spawn that fails for want of something backs off too") {
  Life life;
  life.spawn_fails = true;
  life.policy.max_restarts = 3;
  life.start();
  life.wait(60s);
  CHECK(life.is<Errored>());
  CHECK(life.spawns == 3);
}

TEST_CASE("a shortage is given time to pass, whatever the delay, and costs nobody its only run") {
  for (const Restart restart : {Restart::never, Restart::always}) {
    Life life;
    life.policy.restart = restart;
    life.policy.restart_delay = 1ms;
    life.policy.max_restarts = 4;
    life.spawn_fails = true;
    life.start();
    life.wait(200ms);  // a second time after 100, a third one after 250
    CHECK(life.spawns == 2);
    life.spawn_fails = false;
    life.wait(50ms);
    CHECK(life.is<Online>());
    CHECK(life.spawns == 3);
  }
}

TEST_CASE("a spawn that would fail again is not tried again") {
  Life life;
  life.spawn_fails = true;
  life.fails_for_good = true;
  life.start();
  CHECK(life.is<Errored>());
  CHECK(life.spawns == 1);
}

TEST_CASE("a person may start anew what has given up") {
  Life life;
  life.policy.max_restarts = 0;
  life.start();
  life.exit_with(1);
  REQUIRE(life.is<Errored>());
  life.start();
  CHECK(life.is<Online>());
  CHECK(life.instance.unstable_in_a_row == 0);
}

TEST_CASE("who is not ready in time is waited for, and that is said once") {
  Life life;
  life.policy.ready_by = ByMessage{};
  life.start();
  CHECK(life.is<Starting>());
  life.wait(life.policy.listen_timeout);
  CHECK(life.not_ready == 1);
  CHECK(life.signals.empty());
  CHECK(!deadline(life.instance.state));
  life.send(BecameReady{});
  CHECK(life.is<Online>());
  CHECK(life.came_online == 1);
}

TEST_CASE(
    "who is unhealthy is stopped as one is stopped, and started again whatever it ends with") {
  for (const Restart restart : {Restart::always, Restart::on_failure}) {
    Life life;
    life.policy.restart = restart;
    life.policy.stop_exit_codes.set(0);
    life.start();
    life.wait(5s);
    life.send(BecameUnhealthy{});
    CHECK(life.signals == std::vector{15});
    CHECK(is_stopped_as_failure(life.instance.state));
    life.wait(life.policy.kill_timeout);
    CHECK(life.signals == std::vector{15, 9});
    CHECK(is_stopped_as_failure(life.instance.state));
    life.exit_with(0);
    CHECK(life.is<Online>());
    CHECK(life.spawns == 2);
    CHECK(life.instance.unstable_in_a_row == 0);
  }
}

TEST_CASE("who is unhealthy and never to be restarted is stopped for good") {
  Life life;
  life.policy.restart = Restart::never;
  life.start();
  life.send(BecameUnhealthy{});
  life.exit_with(0);
  CHECK(life.is<Stopped>());
}

TEST_CASE("unhealthy runs that end before min_uptime are counted as any others") {
  Life life;
  life.policy.max_restarts = 1;
  life.start();
  life.wait(life.policy.min_uptime - 1ms);
  life.send(BecameUnhealthy{});
  life.exit_with(0);
  CHECK(life.is<Errored>());
}

TEST_CASE("a stop that is asked for wins over the restart of who is unhealthy") {
  for (const bool is_urgent : {false, true}) {
    Life life;
    life.start();
    life.send(BecameUnhealthy{});
    life.send(is_urgent ? InstanceEvent{KillRequested{}} : InstanceEvent{StopRequested{}});
    CHECK(!is_stopped_as_failure(life.instance.state));
    life.exit_with(0);
    CHECK(life.is<Stopped>());
  }
}

TEST_CASE("who is being killed to be started again stays down when everything is to end") {
  Life life;
  life.start();
  life.send(StopRequested{After::start_again});
  life.wait(life.policy.kill_timeout);
  life.send(KillRequested{});
  life.exit_with(0);
  CHECK(life.is<Stopped>());
}

TEST_CASE("who is left when the process has ended gets the stop signal, then SIGKILL") {
  Life life;
  life.policy.clears_tree = true;
  life.tree_stays = true;
  life.start();
  SUBCASE("after a stop, within the same kill_timeout") {
    life.send(StopRequested{});
    life.wait(3s);
    life.exit_with(0);
    CHECK(life.is<Clearing>());
    CHECK(life.tree_signals == std::vector{15});
    life.wait(4'999ms);
    CHECK(life.tree_signals.size() == 1);
    life.wait(1ms);
    CHECK(life.tree_signals == std::vector{15, 9});
    life.send(TreeGone{});
    CHECK(life.is<Stopped>());
  }
  SUBCASE("after a crash, before the restart") {
    life.wait(2s);
    life.exit_with(1);
    CHECK(life.tree_signals == std::vector{15});
    CHECK(life.spawns == 1);
    life.send(TreeGone{});
    CHECK(life.spawns == 2);
  }
  SUBCASE("at once after SIGKILL") {
    life.send(KillRequested{});
    life.send(ProcessEnded{{0, 9}});
    CHECK(life.tree_signals == std::vector{9});
  }
  SUBCASE("a stop while they are cleared cancels the restart") {
    life.exit_with(1);
    life.send(StopRequested{});
    life.send(TreeGone{});
    CHECK(life.is<Stopped>());
  }
}

TEST_CASE("a kill leaves no patience in any state") {
  Life life;
  life.start();
  SUBCASE("online") {}
  SUBCASE("stopping") { life.send(StopRequested{}); }
  life.send(KillRequested{});
  CHECK(life.signals.back() == 9);
  life.send(ProcessEnded{{0, 9}});
  CHECK(life.is<Stopped>());
}

TEST_CASE("a kill during backoff cancels the restart") {
  Life life;
  life.start();
  life.exit_with(1);
  life.send(KillRequested{});
  CHECK(life.is<Stopped>());
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
  life.policy.ready_by = ByMessage{};
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

TEST_CASE("who is asked to stop before its process is there is stopped as soon as it is") {
  Life life;
  life.answers_late = true;
  life.start();
  life.send(StopRequested{});
  CHECK(life.is<Launching>());
  life.answer();
  CHECK(life.is<Stopping>());
  CHECK(life.signals == std::vector{15});
  CHECK(life.came_online == 0);
  life.exit_with(143);
  CHECK(life.is<Stopped>());
  CHECK(life.spawns == 1);
}

TEST_CASE("the last word counts before the process is there") {
  Life life;
  life.answers_late = true;
  life.start();
  life.send(StopRequested{});
  life.send(StartRequested{});
  life.answer();
  CHECK(life.is<Online>());

  Life restarted;
  restarted.answers_late = true;
  restarted.start();
  restarted.send(StopRequested{After::start_again});
  restarted.answer();
  restarted.exit_with(0);
  CHECK(restarted.spawns == 2);

  Life killed;
  killed.answers_late = true;
  killed.start();
  killed.send(StopRequested{});
  killed.send(KillRequested{});
  killed.answer();
  CHECK(killed.signals == std::vector{9});
}

TEST_CASE("who is asked to stop before its process failed to be made stays down") {
  Life life;
  life.answers_late = life.spawn_fails = true;
  life.start();
  life.send(StopRequested{});
  life.answer();
  CHECK(life.is<Stopped>());
}

TEST_CASE("pre_start comes before the app's own process, until it has succeeded") {
  Life life;
  life.policy.pre_start = Hook{{"migrate"}, 60s};
  life.start();
  CHECK(life.is<Preparing>());
  life.exit_with(1);
  CHECK(life.is<Backoff>());
  CHECK(life.ends[0].role == Role::pre_start);
  life.wait(100ms);
  CHECK(life.is<Preparing>());
  life.exit_with(0);
  CHECK(life.is<Online>());
  CHECK(life.instance.restarts == 1);  // of the start that failed
  life.wait(2s);
  life.exit_with(0);
  CHECK(life.is<Online>());
  CHECK(life.ends.back().role == Role::app);
  CHECK(life.spawns == 4);
}

TEST_CASE("however long a pre_start took before it failed, it is a start that failed") {
  Life life;
  life.policy.pre_start = Hook{{"migrate"}, 60s};
  life.start();
  life.wait(60s);
  CHECK(life.is<Killing>());
  life.exit_with(137);
  CHECK(life.is<Backoff>());
  CHECK(life.instance.unstable_in_a_row == 1);
}

TEST_CASE("post_stop is a process on its way out") {
  Life life;
  life.policy.post_stop = Hook{{"clean"}, 5s};
  life.start();
  life.send(FinishRequested{});
  CHECK(life.is<Online>());
  life.send(StopRequested{});
  life.exit_with(0);
  life.send(FinishRequested{});
  CHECK(life.is<Stopping>());
  CHECK(life.signals == std::vector{15});  // that of the app
  life.send(StartRequested{});
  life.exit_with(1);
  CHECK(life.ends.back().role == Role::post_stop);
  CHECK(life.is<Online>());
  life.send(StopRequested{});
  life.exit_with(0);
  life.send(FinishRequested{});
  life.wait(5s);
  CHECK(life.is<Killing>());
}

TEST_CASE("who may finish first is stopped when it has, or when its time is up") {
  Life life;
  life.start();
  life.send(DrainRequested{10s});
  CHECK(life.is<Draining>());
  CHECK(life.drains == std::vector<Duration>{10s});
  CHECK(life.signals.empty());
  life.wait(9s);
  life.send(DrainRequested{5s});  // it was promised less already
  life.wait(999ms);
  CHECK(life.is<Draining>());
  life.wait(1ms);
  CHECK(life.signals == std::vector{15});
  life.wait(8s);  // kill_timeout begins with the signal
  CHECK(life.signals == std::vector{15, 9});
  life.send(ProcessEnded{{0, 9}});
  CHECK(life.is<Stopped>());

  life.start();
  life.send(DrainRequested{10s});
  life.send(Drained{});
  CHECK(life.is<Stopping>());
  life.exit_with(0);
  life.start();
  life.send(DrainRequested{10s});
  life.exit_with(0);  // by itself, as soon as it had nothing to do
  CHECK(life.is<Stopped>());
}

TEST_CASE("who is on trial has one attempt") {
  Life life;
  life.instance.is_on_trial = true;
  life.start();
  life.exit_with(0);
  CHECK(life.is<Errored>());
  CHECK(life.spawns == 1);
}

// What every supervisor's bug breaks.
void check_not_stuck(const Life& life) {
  const bool rests = life.is<Stopped>() || life.is<Errored>();
  const bool is_due = deadline(life.instance.state).has_value();
  CHECK((rests || is_due || pid(life.instance.state).has_value()));
  CHECK(rests == is_at_rest(life.instance.state));
  CHECK(!life.is<Launching>());
  if (is_due) CHECK(*deadline(life.instance.state) > life.now);
}

TEST_CASE("an instance always owns a process, or is due, or rests") {
  const unsigned seed = random_seed();
  MESSAGE("PMX_SEED=" << seed);
  std::minstd_rand random(seed);
  for (int run = 0; run < 500; ++run) {
    Life life;
    if (random() % 2 == 0) life.policy.ready_by = ByMessage{};
    life.policy.max_restarts = static_cast<unsigned>(random() % 20);
    life.policy.restart = static_cast<Restart>(random() % 3);
    life.policy.clears_tree = random() % 2 == 0;
    if (random() % 4 == 0) life.policy.restart_delay = Duration{random() % 500};
    if (random() % 4 == 0) life.policy.backoff = Duration{1 + random() % 500};
    if (random() % 2 == 0) life.policy.pre_start = Hook{{"before"}, Duration{1 + random() % 2'000}};
    if (random() % 2 == 0) life.policy.post_stop = Hook{{"after"}, Duration{1 + random() % 2'000}};
    for (int i = 0; i < 200; ++i) {
      life.spawn_fails = random() % 4 == 0;
      life.fails_for_good = random() % 4 == 0;
      life.tree_stays = random() % 2 == 0;
      life.answers_late = random() % 2 == 0;
      if (life.is_asked && random() % 2 == 0) life.answer();
      switch (random() % 12) {
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
          if (random() % 4 == 0) life.send(KillRequested{});
          break;
        case 4:
          life.send(TreeGone{});
          break;
        case 8:
          life.send(BecameUnhealthy{});
          break;
        case 10:
          life.send(DrainRequested{Duration{1 + random() % 3'000}, After::stay_down});
          break;
        case 11:
          life.send(Drained{});
          break;
        case 9:
          if (life.policy.post_stop) life.send(FinishRequested{});
          break;
        case 5:
          if (pid(life.instance.state)) life.exit_with(static_cast<int>(random() % 2));
          break;
        default:
          life.wait(Duration{random() % 4'000});
      }
      if (!life.is_asked) check_not_stuck(life);
    }
    // Whatever has happened: who is to stop is down in the end.
    life.answers_late = life.tree_stays = false;
    life.send(StopRequested{});
    life.answer();
    if (pid(life.instance.state)) life.exit_with(1);
    life.send(TreeGone{});
    CHECK(is_at_rest(life.instance.state));
  }
}

TEST_CASE("a delay of 0 is none, and nobody restarts without a pause") {
  for (const bool grows : {false, true}) {
    Life life;
    life.policy.min_uptime = 0ms;
    (grows ? life.policy.backoff : life.policy.restart_delay) = 0ms;
    life.start();
    life.exit_with(1);
    CHECK(life.is<Backoff>());
  }
}

}  // namespace
}  // namespace pmx
