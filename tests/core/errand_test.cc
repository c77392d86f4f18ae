#include "core/errand.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "core/targets.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;

constexpr Instant kLater{Duration{60'000}};

// Of an app that nobody waits for to be ready, unless it is another one.
Member member_in(InstanceState state, const Place& place) {
  Member member{.place = &place};
  member.instance.state = state;
  member.starts = 2;
  return member;
}

Member member_in(InstanceState state) {
  static const Roster plain({App{}});
  return member_in(state, plain[InstanceId{0}]);
}

ErrandState state_of(Errand errand, const Member& member) {
  return pmx::state_of(errand, member, kLater);
}

constexpr Errand kRestart{Errand::Goal::running, InstanceId{0}, 1};

TEST_CASE("a restart is done when the new process is online") {
  CHECK(state_of(kRestart, member_in(Online{Pid{7}, Instant{}})) == ErrandState::done);
  CHECK(state_of(kRestart, member_in(Starting{Pid{7}, Instant{}, {}})) == ErrandState::pending);
  Member old = member_in(Online{Pid{7}, Instant{}});
  old.starts = 1;
  CHECK(state_of(kRestart, old) == ErrandState::pending);
}

TEST_CASE("without a word that it is ready a process must run for a while first") {
  App app;
  SUBCASE("its min_uptime") { app.life.min_uptime = 200ms; }
  SUBCASE("a second at most") { app.life.min_uptime = 1h; }
  const Duration proof = std::min<Duration>(app.life.min_uptime, 1s);
  const Roster roster({app});
  Member member = member_in(Online{Pid{7}, kLater}, roster[InstanceId{0}]);
  Errand errand = kRestart;
  CHECK(pmx::state_of(errand, member, kLater + proof - 1ms) == ErrandState::pending);
  CHECK(deadline(errand, member) == kLater + proof);
  CHECK(pmx::state_of(errand, member, kLater + proof) == ErrandState::done);
  member.starts = 1;  // it is the old one still
  errand = kRestart;
  CHECK(pmx::state_of(errand, member, kLater + proof) == ErrandState::pending);
  CHECK(!deadline(errand, member));
}

TEST_CASE("who is replaced on request meanwhile does not have to begin anew") {
  const Roster roster({App{}});
  const Place& place = roster[InstanceId{0}];
  Errand errand = kRestart;
  Member member = member_in(Online{Pid{7}, kLater}, place);
  CHECK(pmx::state_of(errand, member, kLater) == ErrandState::pending);
  member.instance.state = Stopping{Pid{7}, kLater, kLater + 8s, After::start_again};
  CHECK(pmx::state_of(errand, member, kLater + 1s) == ErrandState::pending);
  CHECK(!deadline(errand, member));
  member.instance.state = Online{Pid{8}, kLater + 900ms};
  member.starts = 3;
  CHECK(pmx::state_of(errand, member, kLater + 1s) == ErrandState::done);
}

TEST_CASE("who has said that it is ready need not prove it") {
  App app;
  app.life.ready_by = ByMessage{};
  const Roster roster({app});
  const Member member = member_in(Online{Pid{7}, kLater}, roster[InstanceId{0}]);
  Errand errand = kRestart;
  CHECK(pmx::state_of(errand, member, kLater) == ErrandState::done);
}

TEST_CASE("a start has failed when its process was started again, however soon") {
  Member member = member_in(Online{Pid{7}, Instant{}});
  member.failed_start = 1;  // the one before it
  CHECK(state_of(kRestart, member) == ErrandState::done);
  member.failed_start = 2;
  CHECK(state_of(kRestart, member) == ErrandState::failed);
}

TEST_CASE("a start has failed when the process ended, unless that is what it is there for") {
  CHECK(state_of(kRestart, member_in(Backoff{Instant{}})) == ErrandState::failed);
  CHECK(state_of(kRestart, member_in(Errored{ExitStatus{3, 0}})) == ErrandState::failed);
  Member completed = member_in(Stopped{});
  completed.last_end = ExitStatus{0, 0};
  CHECK(state_of(kRestart, completed) == ErrandState::done);
  completed.is_held = true;  // by somebody else
  CHECK(state_of(kRestart, completed) == ErrandState::failed);
  completed.is_held = false;
  completed.waits = true;
  CHECK(state_of(kRestart, completed) == ErrandState::pending);
}

TEST_CASE("who leaves is neither started nor replaced") {
  Member member = member_in(Online{Pid{7}, Instant{}});
  member.is_leaving = true;
  CHECK(state_of(kRestart, member) == ErrandState::failed);
  CHECK(state_of(replacement_of(member, false), member) == ErrandState::failed);
  member.is_held = true;
  CHECK(state_of({Errand::Goal::at_rest, InstanceId{0}}, member) == ErrandState::pending);
}

TEST_CASE("a stop is done when the instance rests, and has failed when it was started again") {
  constexpr Errand kStop{Errand::Goal::at_rest, InstanceId{0}};
  Member member = member_in(Stopping{Pid{7}, Instant{}, Instant{}, After::stay_down});
  member.is_held = true;
  CHECK(state_of(kStop, member) == ErrandState::pending);
  member.instance.state = Stopped{};
  CHECK(state_of(kStop, member) == ErrandState::done);
  member.is_held = false;
  CHECK(state_of(kStop, member) == ErrandState::failed);
}

TEST_CASE("states have pm2's words") {
  CHECK(status_word(member_in(Stopped{})) == "stopped");
  CHECK(status_word(member_in(Online{Pid{7}, Instant{}})) == "online");
  CHECK(status_word(member_in(Starting{Pid{7}, Instant{}, {}})) == "launching");
  CHECK(status_word(member_in(Clearing{Pid{7}, Instant{}, Rest{}})) == "stopping");
  CHECK(status_word(member_in(Backoff{Instant{}})) == "waiting restart");
  CHECK(status_word(member_in(Errored{ExitStatus{3, 0}})) == "errored");
  Member waiting = member_in(Stopped{});
  waiting.waits = true;
  CHECK(status_word(waiting) == "launching");
}

TEST_CASE("a target is a name, a numbered name, an id, a namespace or all, in this order") {
  std::vector<App> apps(3);
  apps[0].name = "api";
  apps[0].instances = 2;
  apps[1].name = "7";
  apps[2].name = "db";
  apps[2].name_space = "data";
  const Roster roster(apps);
  const auto found = [&](std::string_view target) {
    std::vector<unsigned> ids;
    for (const InstanceId id : find_target(roster, target)) ids.push_back(unsigned(id));
    return ids;
  };
  CHECK(found("api") == std::vector<unsigned>{0, 1});
  CHECK(found("api[1]") == std::vector<unsigned>{1});
  CHECK(found("api[2]").empty());
  CHECK(found("7") == std::vector<unsigned>{2});
  CHECK(found("3") == std::vector<unsigned>{3});
  CHECK(found("data") == std::vector<unsigned>{3});
  CHECK(found("default") == std::vector<unsigned>{0, 1, 2});
  CHECK(found("all") == std::vector<unsigned>{0, 1, 2, 3});
  CHECK(found("nobody").empty());
  CHECK(nearest_target(roster, "apo") == "api");
}

}  // namespace
}  // namespace pmx
