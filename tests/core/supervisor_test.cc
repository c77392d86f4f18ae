#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "support/random_seed.h"
#include "support/scripted_world.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;

constexpr InstanceId kFirst{0};
constexpr Pid kPid{100};

// PID 1 for one command in a scripted world: a process is there as soon as it is asked for, time
// is moved by hand, and everything that is asked of the world is written down.
struct Init : ScriptedWorld<Init> {
  Init() { manifest = one_command(); }

  bool spawn_fails = false;

  int spawns = 0;
  std::vector<int> signals;        // to the process
  std::vector<int> group_signals;  // to its group
  std::vector<int> to_others;
  int unexplained_kills = 0;
  int halts = 0;

  static Manifest one_command() {
    Manifest manifest;
    App app;
    app.name = "app";
    app.process.arguments = {"node", "app.js"};
    app.life.restart = Restart::never;
    manifest.apps.push_back(app);
    return manifest;
  }

  void exit_with(int code) { send(Exited{kFirst, {code, 0}}); }
  void die_of(SignalNumber signal) { send(Exited{kFirst, {0, number(signal)}}); }
  [[nodiscard]] std::optional<int> code() const {
    return codes.empty() ? std::nullopt : std::optional(codes.front());
  }

  using ScriptedWorld::see;
  void see(const SpawnProcess&) {
    ++spawns;
    if (spawn_fails) return send(SpawnFailed{kFirst, {SpawnStage::execution, 2, 0}, {127, 0}});
    send(Spawned{kFirst, kPid});
  }
  void see(const SignalProcess& effect) {
    CHECK(effect.pid == kPid);
    auto& list = effect.scope == SignalScope::group ? group_signals : signals;
    list.push_back(number(effect.signal));
  }
  void see(const StartProbe&) { FAIL("one command is not asked how it is"); }
  void see(const StopProbe&) { FAIL("one command is not asked how it is"); }
  void see(const LookAround&) { FAIL("one command leaves its tree to the end"); }
  void see(const MeasureMemory&) { FAIL("one command has no ceiling"); }
  void see(const SendShutdown&) { FAIL("one command has no channel"); }
  void see(const ClearTree&) { FAIL("one command leaves its tree to the end"); }
  void see(const ExplainKill& effect) {
    CHECK(effect.pid == kPid);
    ++unexplained_kills;
  }
  void see(const SignalOthers& effect) { to_others.push_back(number(effect.signal)); }
  void see(const HaltWith& effect) {
    CHECK(effect.pid == kPid);
    ++halts;
  }
};

TEST_CASE("the command is started at the beginning, and it is said") {
  Init init;
  init.begin();
  CHECK(init.spawns == 1);
  REQUIRE(init.said<StartedNote>().size() == 1);
  CHECK(init.said<StartedNote>()[0].pid == kPid);
  CHECK(init.supervisor().pid_of(kFirst) == kPid);
  CHECK(!init.supervisor().deadline());
  CHECK(!init.code());
}

TEST_CASE("the command's code is ours when nobody is left") {
  Init init;
  init.begin();
  init.wait(1'500ms);
  init.exit_with(3);
  CHECK(!init.code());
  CHECK(init.to_others == std::vector{15});
  init.send(NobodyLeft{});
  CHECK(init.code() == 3);
  CHECK(init.spawns == 1);
  REQUIRE(init.said<ExitedNote>().size() == 1);
  CHECK(init.said<ExitedNote>()[0].uptime == 1'500ms);
  CHECK(!init.said<ExitedNote>()[0].as_expected);
}

TEST_CASE("the end by a signal is reported as 128 and its number") {
  for (const SignalNumber signal : {kSigKill, kSigSegv, SignalNumber{64}}) {
    Init init;
    init.begin();
    init.die_of(signal);
    init.send(NobodyLeft{});
    CHECK(init.code() == 128 + number(signal));
  }
}

TEST_CASE("a remapped code is reported as 0, that of a signal too") {
  Init init;
  init.manifest.ends_well.set(143).set(7);
  SUBCASE("143 of a signal") {
    init.begin();
    init.die_of(kSigTerm);
    init.send(NobodyLeft{});
    CHECK(init.code() == 0);
  }
  SUBCASE("7") {
    init.begin();
    init.exit_with(7);
    init.send(NobodyLeft{});
    CHECK(init.code() == 0);
  }
  SUBCASE("others are not") {
    init.begin();
    init.exit_with(8);
    init.send(NobodyLeft{});
    CHECK(init.code() == 8);
  }
}

TEST_CASE("what else could have sent SIGKILL is asked only when we did not") {
  Init init;
  init.begin();
  SUBCASE("somebody else") {
    init.die_of(kSigKill);
    CHECK(init.unexplained_kills == 1);
  }
  SUBCASE("somebody else, after a signal that we sent on") {
    init.signal(kSigTerm);
    init.die_of(kSigKill);
    CHECK(init.unexplained_kills == 1);
  }
  SUBCASE("somebody had us send it") {
    init.send(SignalAsked{kFirst, kSigKill});
    init.die_of(kSigKill);
    CHECK(init.unexplained_kills == 0);
  }
  SUBCASE("another signal") {
    init.die_of(kSigSegv);
    CHECK(init.unexplained_kills == 0);
  }
  SUBCASE("a code") {
    init.exit_with(137);
    CHECK(init.unexplained_kills == 0);
  }
}

TEST_CASE("a signal goes to the process alone, as it is") {
  Init init;
  init.begin();
  init.signal(kSigTerm);
  init.signal(SignalNumber{64});
  CHECK(init.signals == std::vector{15, 64});
  CHECK(init.group_signals.empty());
  CHECK(init.to_others.empty());
  CHECK(init.said<SignalNote>().size() == 2);
}

TEST_CASE("with the scope of a group it goes to all of that") {
  Init init;
  init.manifest.signals.scope = SignalScope::group;
  init.begin();
  init.signal(kSigTerm);
  CHECK(init.signals.empty());
  CHECK(init.group_signals == std::vector{15});
}

TEST_CASE("a rewritten signal arrives as another one, and both are said") {
  Init init;
  rewrite(init.manifest.signals, kSigTerm, kSigQuit);
  init.begin();
  init.signal(kSigTerm);
  CHECK(init.signals == std::vector{3});
  REQUIRE(init.said<SignalNote>().size() == 1);
  CHECK(init.said<SignalNote>()[0].received == kSigTerm);
  CHECK(init.said<SignalNote>()[0].sent == kSigQuit);
}

TEST_CASE("a swallowed signal goes nowhere") {
  Init init;
  rewrite(init.manifest.signals, kSigHup, SignalNumber{0});
  init.begin();
  init.signal(kSigHup);
  init.signal(kSigChld);
  CHECK(init.signals.empty());
  CHECK(init.said<SignalNote>().empty());
}

TEST_CASE("an end is asked for when it follows the signal that was sent on") {
  struct Row {
    std::string what;
    ExitStatus status;
    bool as_expected;
  };
  const Row rows[] = {{"died of it", {0, 15}, true},
                      {"exited with 128 and its number", {143, 0}, true},
                      {"died of another", {0, 9}, false},
                      {"failed", {1, 0}, false}};
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Init init;
    init.begin();
    init.signal(kSigTerm);
    init.send(Exited{kFirst, row.status});
    CHECK(init.said<ExitedNote>()[0].as_expected == row.as_expected);
  }
}

TEST_CASE("a signal that is forwarded after the request to stop does not take its place") {
  Init init;
  init.manifest.signals = supervise();
  init.begin();
  init.signal(kSigTerm);
  init.signal(kSigCont);
  init.die_of(kSigTerm);
  CHECK(init.said<ExitedNote>()[0].as_expected);
}

TEST_CASE("an end without a signal before it is not asked for, whatever its code") {
  Init init;
  init.begin();
  init.exit_with(143);
  CHECK(!init.said<ExitedNote>()[0].as_expected);
}

TEST_CASE("others that do not end are killed after the grace, and the command's code stays") {
  Init init;
  init.manifest.end.grace = 300ms;
  init.begin();
  init.exit_with(5);
  init.wait(299ms);
  CHECK(init.to_others == std::vector{15});
  init.wait(1ms);
  CHECK(init.to_others == std::vector{15, 9});
  CHECK(init.said<StoppingOthersNote>().size() == 1);
  init.send(NobodyLeft{});
  CHECK(init.code() == 5);
}

TEST_CASE("a signal during the grace goes to those who are left") {
  Init init;
  init.begin();
  init.exit_with(0);
  init.signal(kSigUsr1);
  CHECK(init.signals.empty());
  CHECK(init.to_others == std::vector{15, 10});
}

TEST_CASE("without grace we leave at once") {
  Init init;
  init.manifest.end.grace = 0ms;
  init.begin();
  init.exit_with(6);
  CHECK(init.code() == 6);
  CHECK(init.to_others.empty());
}

TEST_CASE("that nobody is left means nothing while the command runs") {
  Init init;
  init.begin();
  init.send(NobodyLeft{});
  CHECK(!init.code());
}

TEST_CASE("a command that cannot be started ends us with the code of the failure") {
  Init init;
  init.spawn_fails = true;
  init.begin();
  init.send(NobodyLeft{});
  CHECK(init.code() == 127);
  REQUIRE(init.said<StartFailedNote>().size() == 1);
  CHECK(init.said<StartFailedNote>()[0].error == SpawnError{SpawnStage::execution, 2, 0});
  CHECK(init.said<StartedNote>().empty());
  CHECK(init.said<ExitedNote>().empty());
}

TEST_CASE("when the terminal stops the command we stop with it") {
  Init init;
  init.begin();
  init.send(Halted{kFirst});
  CHECK(init.halts == 1);
}

TEST_CASE("a stop that the policy names is sent on, then we stop") {
  Init init;
  init.manifest.signals = forward_to_session(true);
  init.begin();
  init.signal(kSigTstp);
  CHECK(init.group_signals == std::vector{19});
  CHECK(init.halts == 1);
  init.signal(kSigTerm);
  CHECK(init.halts == 1);
}

TEST_CASE("a stop that is swallowed still stops us, as with dumb-init") {
  Init init;
  init.manifest.signals = forward_to_session(true);
  rewrite(init.manifest.signals, kSigTstp, SignalNumber{0});
  init.begin();
  init.signal(kSigTstp);
  CHECK(init.group_signals.empty());
  CHECK(init.halts == 1);
}

TEST_CASE("pausing ends with 0 at SIGTERM and at SIGINT, and at no other") {
  for (const SignalNumber last : {kSigTerm, kSigInt}) {
    Init init;
    init.manifest.apps.clear();
    init.begin();
    init.signal(kSigHup);
    init.send(NobodyLeft{});
    CHECK(!init.code());
    init.signal(last);
    CHECK(init.to_others == std::vector{15});
    init.send(NobodyLeft{});
    CHECK(init.code() == 0);
    CHECK(init.spawns == 0);
  }
}

TEST_CASE("we leave exactly once, and no deadline stands still") {
  const unsigned seed = random_seed();
  MESSAGE("PMX_SEED=" << seed);
  std::minstd_rand random(seed);
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  for (int run = 0; run < 1'000; ++run) {
    Init init;
    init.spawn_fails = one_in(10);
    if (one_in(10)) init.manifest.apps.clear();
    init.manifest.end.grace = Duration{one_in(3) ? 0 : random() % 3'000};
    init.manifest.end.terminate_group = one_in(2);
    if (one_in(3)) init.manifest.signals = forward_to_session(one_in(2));
    init.begin();
    for (int i = 0; i < 60; ++i) {
      const bool runs = !init.manifest.apps.empty() && init.supervisor().pid_of(kFirst);
      switch (random() % 6) {
        case 0:
          init.signal(SignalNumber{1 + static_cast<int>(random() % 64)});
          break;
        case 1:
          if (runs && one_in(4)) init.exit_with(static_cast<int>(random() % 256));
          break;
        case 2:
          if (!init.manifest.apps.empty()) init.send(Halted{kFirst});
          break;
        case 3:
          if (!runs) init.send(NobodyLeft{});
          break;
        default:
          init.wait(Duration{random() % 900});
      }
      CHECK(init.codes.size() <= 1);
    }
    init.wait(10s);
    const bool runs = !init.manifest.apps.empty() && init.supervisor().pid_of(kFirst);
    if (runs) init.exit_with(0);
    if (init.manifest.apps.empty()) init.signal(kSigTerm);
    init.wait(10s);
    CHECK(init.codes.size() == 1);
    CHECK(!init.supervisor().deadline());
  }
}

TEST_CASE("each signal that was sent on is one that it may end by") {
  Init init;
  init.begin();
  init.signal(kSigTerm);
  init.signal(kSigCont);
  init.die_of(kSigTerm);
  CHECK(init.said<ExitedNote>()[0].as_expected);
}

TEST_CASE("how long others had is told as it was") {
  Init init;
  init.manifest.signals = supervise();
  init.manifest.end.grace = 2s;
  init.begin();
  init.signal(kSigTerm);
  init.signal(kSigTerm);
  REQUIRE(init.said<KilledNote>().size() == 1);
  CHECK(init.said<KilledNote>()[0].is_at_once);
  init.die_of(kSigKill);
  init.wait(1ms);
  REQUIRE(init.said<StoppingOthersNote>().size() == 1);
  CHECK(init.said<StoppingOthersNote>()[0].grace == 1ms);
}

}  // namespace
}  // namespace pmx
