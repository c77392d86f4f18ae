#include "core/attribution.h"

#include <doctest/doctest.h>

#include <vector>

namespace pmx {
namespace {

constexpr Pid kOwn{1};
constexpr InstanceId kApi{0};
constexpr InstanceId kDb{1};

// The leaders are 10 and 20.
struct Container {
  std::vector<SeenProcess> seen;
  std::vector<SeenProcess> before;
  std::vector<std::optional<Pid>> leaders{Pid{10}, Pid{20}};

  // In ascending order of pids.
  Container& with(int pid, int parent, int session, int group = 0, unsigned started = 1) {
    ProcessEntry process;
    process.pid = Pid{pid};
    process.parent = Pid{parent};
    process.session = Pid{session};
    process.group = Pid{group == 0 ? session : group};
    process.started = started;
    seen.push_back({.process = process});
    return *this;
  }
  Container& look() {
    attribute(seen, before, leaders, kOwn);
    return *this;
  }
  void time_passes() {
    before = std::move(seen);
    seen.clear();
  }
  InstanceId owner(int pid) {
    for (const SeenProcess& one : seen) {
      if (one.process.pid == Pid{pid}) return one.owner;
    }
    FAIL("there is no process " << pid);
    return kNotOurs;
  }
};

TEST_CASE("a process belongs to the app whose session it is in") {
  Container container;
  container.with(1, 0, 1).with(10, 1, 10).with(20, 1, 20).with(21, 20, 20).with(30, 1, 20).look();
  CHECK(container.owner(10) == kApi);
  CHECK(container.owner(21) == kDb);
  CHECK(container.owner(30) == kDb);  // although its parent has ended
}

TEST_CASE("or whose process group it is in") {
  Container container;
  container.with(10, 1, 10).with(20, 1, 20).with(30, 1, 7, 10).look();
  CHECK(container.owner(30) == kApi);
}

TEST_CASE("a session says more than a parent") {
  Container container;
  container.with(10, 1, 10).with(20, 1, 20).with(30, 20, 10).look();
  CHECK(container.owner(30) == kApi);
}

TEST_CASE("in a session of its own it belongs to whom its parents belong") {
  Container container;
  container.with(10, 1, 10).with(20, 1, 20).with(30, 20, 30).with(31, 30, 31).look();
  CHECK(container.owner(30) == kDb);
  CHECK(container.owner(31) == kDb);
}

TEST_CASE("parents count also where they have the larger number") {
  Container container;
  container.with(5, 30, 5).with(10, 1, 10).with(30, 10, 30).look();
  CHECK(container.owner(5) == kApi);
}

TEST_CASE("whose parents have ended belongs to whom it belonged at the look before") {
  Container container;
  container.with(10, 1, 10).with(20, 1, 20).with(30, 20, 30).look();
  container.time_passes();
  container.with(10, 1, 10).with(20, 1, 20).with(30, 1, 30).with(31, 30, 31).look();
  CHECK(container.owner(30) == kDb);
  CHECK(container.owner(31) == kDb);
}

TEST_CASE("another process with the same number is another process") {
  Container container;
  container.with(10, 1, 10).with(20, 1, 20).with(30, 20, 30, 30, 5).look();
  container.time_passes();
  container.with(10, 1, 10).with(20, 1, 20).with(30, 1, 30, 30, 6).look();
  CHECK(container.owner(30) == kNoInstance);
}

TEST_CASE("what nothing says anything about is below us, and no app's") {
  Container container;
  container.with(1, 0, 1).with(10, 1, 10).with(40, 1, 40).with(41, 40, 41).look();
  CHECK(container.owner(40) == kNoInstance);
  CHECK(container.owner(41) == kNoInstance);
  CHECK(container.owner(1) == kNotOurs);
}

TEST_CASE("who came from elsewhere is not ours, with all that is below") {
  Container container;
  container.with(1, 0, 1).with(10, 1, 10).with(50, 0, 50).with(51, 50, 51).look();
  CHECK(container.owner(50) == kNotOurs);
  CHECK(container.owner(51) == kNotOurs);
}

TEST_CASE("who works for us in our own session is no app's") {
  Container container;
  container.with(1, 0, 1).with(10, 1, 10).with(60, 1, 1).look();
  CHECK(container.owner(60) == kNotOurs);
}

TEST_CASE("an instance that has no process owns nothing by its old number") {
  Container container;
  container.leaders[1].reset();
  container.with(10, 1, 10).with(20, 1, 20).look();
  CHECK(container.owner(20) == kNoInstance);
}

TEST_CASE("who is found by its environment hands on to its children") {
  Container container;
  container.with(10, 1, 10).with(40, 1, 40).with(41, 40, 41).look();
  container.seen[1].owner = kDb;
  pass_on_to_children(container.seen, kOwn);
  CHECK(container.owner(41) == kDb);
}

TEST_CASE("what was measured and asked of a process is known at the next look") {
  Container container;
  container.with(40, 1, 40).look();
  container.seen[0].cpu_base_ms = 70;
  container.seen[0].was_asked = true;
  container.time_passes();
  container.with(40, 1, 40).look();
  CHECK(container.seen[0].cpu_base_ms == 70);
  CHECK(container.seen[0].was_asked);
}

}  // namespace
}  // namespace pmx
