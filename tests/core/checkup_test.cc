#include "core/checkup.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "support/random_seed.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;

constexpr ProbeResult kGood{ProbeResult::Kind::good, 0};
constexpr ProbeResult kBusy{ProbeResult::Kind::bad_status, 503};

// One instance that is asked how it is. Time is moved by hand; it answers when the test says so.
struct Patient {
  LifePolicy policy;
  Checkup checkup;
  Instant now{};
  std::vector<ProbePurpose> asked;
  std::vector<Instant> asked_at;
  int dropped = 0;
  int ready = 0;
  std::vector<FoundUnhealthy> unhealthy;
  bool is_asked = false;

  static Probe probe() { return {TcpProbe{}, 10s, 2s}; }

  void send(const CheckupEvent& event) {
    for (const CheckupEffect& effect : step(checkup, event, policy, now)) {
      std::visit([this](const auto& e) { see(e); }, effect);
    }
  }
  void see(const AskProbe& effect) {
    CHECK(!is_asked);
    is_asked = true;
    asked.push_back(effect.purpose);
    asked_at.push_back(now);
  }
  void see(const DropProbe&) {
    CHECK(is_asked);
    is_asked = false;
    ++dropped;
  }
  void see(const FoundReady&) { ++ready; }
  void see(const FoundUnhealthy& effect) { unhealthy.push_back(effect); }

  void starts() { send(PhaseBegan{CheckupPhase::readiness}); }
  void comes_online() { send(PhaseBegan{CheckupPhase::health}); }
  void ends() { send(PhaseBegan{CheckupPhase::nothing}); }
  void answers(ProbeResult result) {
    REQUIRE(is_asked);
    is_asked = false;
    send(ProbeReturned{result});
  }
  void wait(Duration duration) {
    const Instant until = now + duration;
    while (const auto due = deadline(checkup)) {
      if (*due > until) break;
      now = *due;
      send(TimePassed{});
      if (const auto next = deadline(checkup)) REQUIRE(*next > now);
    }
    now = until;
  }
  // The next question comes, and is answered at once.
  void is_found(ProbeResult result) {
    REQUIRE(!is_asked);
    REQUIRE(deadline(checkup));
    wait(*deadline(checkup) - now);
    answers(result);
  }
};

Patient waiting_for_port() {
  Patient patient;
  patient.policy.ready_by = Probe{TcpProbe{}, 250ms, 2s};
  return patient;
}

Patient with_health() {
  Patient patient;
  patient.policy.health = HealthPolicy{Patient::probe(), 3, 30s};
  return patient;
}

TEST_CASE("who must be ready is asked at once, and again a while after each answer, until it is") {
  Patient patient = waiting_for_port();
  patient.starts();
  CHECK(patient.asked == std::vector{ProbePurpose::readiness});
  patient.wait(100ms);
  patient.answers({ProbeResult::Kind::unreachable, 111});
  patient.wait(249ms);
  CHECK(patient.asked.size() == 1);
  patient.wait(1ms);
  CHECK(patient.asked.size() == 2);
  CHECK(patient.checkup.last == ProbeResult{ProbeResult::Kind::unreachable, 111});
  patient.answers(kGood);
  CHECK(patient.ready == 1);
  CHECK(!deadline(patient.checkup));
}

TEST_CASE("a question about readiness without an answer is dropped, and asked again") {
  Patient patient = waiting_for_port();
  patient.starts();
  patient.wait(2s);
  CHECK(patient.dropped == 1);
  CHECK(patient.ready == 0);
  CHECK(patient.checkup.last.kind == ProbeResult::Kind::timed_out);
  patient.wait(250ms);
  CHECK(patient.asked.size() == 2);
}

TEST_CASE("by delay one is ready when the time is over") {
  Patient patient;
  patient.policy.ready_by = ByDelay{2s};
  patient.starts();
  patient.wait(1'999ms);
  CHECK(patient.ready == 0);
  patient.wait(1ms);
  CHECK(patient.ready == 1);
  CHECK(patient.asked.empty());
}

TEST_CASE("who says itself that it is ready is not asked") {
  for (const ReadyBy& by : {ReadyBy{ByMessage{}}, ReadyBy{ByNotify{}}, ReadyBy{ByExec{}}}) {
    Patient patient;
    patient.policy.ready_by = by;
    patient.starts();
    CHECK(patient.asked.empty());
    CHECK(!deadline(patient.checkup));
  }
}

TEST_CASE("health is asked for an interval after the start, and after each answer") {
  Patient patient = with_health();
  patient.comes_online();
  patient.wait(9'999ms);
  CHECK(patient.asked.empty());
  CHECK(!is_healthy(patient.checkup));
  patient.wait(1ms);
  CHECK(patient.asked == std::vector{ProbePurpose::health});
  patient.wait(1s);
  patient.answers(kGood);
  CHECK(is_healthy(patient.checkup) == true);
  patient.wait(60s);
  CHECK(patient.asked_at[1] - patient.asked_at[0] == 11s);
}

TEST_CASE("so many bad answers in a row make it unhealthy, once") {
  Patient patient = with_health();
  patient.comes_online();
  patient.is_found(kGood);
  patient.is_found(kBusy);
  CHECK(is_healthy(patient.checkup) == false);
  patient.is_found(kBusy);
  patient.is_found(kGood);
  patient.is_found(kBusy);
  patient.is_found(kBusy);
  CHECK(patient.unhealthy.empty());
  patient.is_found(kBusy);
  REQUIRE(patient.unhealthy.size() == 1);
  CHECK(patient.unhealthy[0].last == kBusy);
  CHECK(patient.unhealthy[0].bad_in_a_row == 3);
  CHECK(is_healthy(patient.checkup) == false);
  CHECK(!deadline(patient.checkup));
  patient.send(ProbeReturned{kGood});  // too late
  CHECK(patient.unhealthy.size() == 1);
}

TEST_CASE("no answer in time is a bad one") {
  Patient patient = with_health();
  patient.policy.health->retries = 2;
  patient.policy.health->start_period = 0ms;
  patient.comes_online();
  patient.wait(12s + 12s - 1ms);
  CHECK(patient.unhealthy.empty());
  patient.wait(1ms);
  REQUIRE(patient.unhealthy.size() == 1);
  CHECK(patient.unhealthy[0].last.kind == ProbeResult::Kind::timed_out);
  CHECK(patient.dropped == 2);
}

TEST_CASE("in the start period bad answers do not count, until the first good one") {
  Patient patient = with_health();
  patient.policy.health->start_period = 65s;
  patient.comes_online();
  for (int i = 0; i < 6; ++i) patient.is_found(kBusy);
  CHECK(!is_healthy(patient.checkup));
  patient.is_found(kBusy);
  patient.is_found(kBusy);
  CHECK(patient.unhealthy.empty());
  patient.is_found(kBusy);
  CHECK(patient.unhealthy.size() == 1);

  Patient early = with_health();
  early.policy.health->start_period = 1h;
  early.comes_online();
  early.is_found(kBusy);
  early.is_found(kGood);
  for (int i = 0; i < 3; ++i) early.is_found(kBusy);
  CHECK(early.unhealthy.size() == 1);
}

TEST_CASE("a question that could not be asked says nothing about the app") {
  Patient patient = with_health();
  patient.policy.health->start_period = 0ms;
  patient.comes_online();
  patient.is_found(kBusy);
  patient.is_found(kBusy);
  for (int i = 0; i < 5; ++i) patient.is_found({ProbeResult::Kind::not_asked, 24});
  CHECK(patient.unhealthy.empty());
  CHECK(patient.checkup.last == kBusy);
  patient.is_found(kBusy);
  CHECK(patient.unhealthy.size() == 1);
}

TEST_CASE("who does not feed its watchdog in time is unhealthy, and the probe is dropped") {
  Patient patient = with_health();
  patient.policy.watchdog = 11s;
  patient.comes_online();
  patient.wait(10'500ms);
  CHECK(patient.is_asked);
  patient.wait(500ms);
  REQUIRE(patient.unhealthy.size() == 1);
  CHECK(patient.unhealthy[0].last.kind == ProbeResult::Kind::not_fed);
  CHECK(patient.dropped == 1);
}

TEST_CASE("a watchdog that is fed stays quiet") {
  Patient patient;
  patient.policy.watchdog = 3s;
  patient.comes_online();
  for (int i = 0; i < 10; ++i) {
    patient.wait(2'999ms);
    patient.send(Fed{});
  }
  CHECK(patient.unhealthy.empty());
  patient.wait(3s);
  CHECK(patient.unhealthy.size() == 1);
}

TEST_CASE("the watchdog waits until it is online") {
  Patient patient = waiting_for_port();
  patient.policy.watchdog = 1s;
  patient.starts();
  patient.answers(kBusy);
  patient.send(Fed{});
  patient.wait(100ms);
  CHECK(patient.unhealthy.empty());
}

TEST_CASE("who triggers its watchdog is unhealthy at once, with a watchdog or without") {
  for (const bool has_watchdog : {false, true}) {
    Patient patient = with_health();
    if (has_watchdog) patient.policy.watchdog = 1h;
    patient.send(Triggered{});
    CHECK(patient.unhealthy.empty());
    patient.comes_online();
    patient.send(Triggered{});
    REQUIRE(patient.unhealthy.size() == 1);
    CHECK(patient.unhealthy[0].last.kind == ProbeResult::Kind::triggered);
    CHECK(!deadline(patient.checkup));
  }
}

TEST_CASE("who is about to end triggers nothing") {
  Patient patient = with_health();
  patient.comes_online();
  patient.send(SaidStopping{});
  patient.send(Triggered{});
  CHECK(patient.unhealthy.empty());
}

TEST_CASE("who has gone, or is about to, is not asked") {
  for (const bool says_so : {false, true}) {
    Patient patient = with_health();
    patient.policy.watchdog = 1h;
    patient.comes_online();
    patient.wait(10s);
    REQUIRE(patient.is_asked);
    if (says_so)
      patient.send(SaidStopping{});
    else
      patient.ends();
    CHECK(patient.dropped == 1);
    CHECK(!deadline(patient.checkup));
    CHECK(patient.checkup.is_leaving == says_so);
  }
}

TEST_CASE("the next process is judged for itself") {
  Patient patient = with_health();
  patient.comes_online();
  patient.is_found(kGood);
  patient.is_found(kBusy);
  patient.is_found(kBusy);
  patient.send(SaidStopping{});
  patient.ends();
  patient.comes_online();
  CHECK(!patient.checkup.is_leaving);
  CHECK(!is_healthy(patient.checkup));
  patient.is_found(kBusy);
  CHECK(patient.unhealthy.empty());
}

TEST_CASE(
    "a question is never asked twice, nor dropped when there is none, and no deadline stands") {
  const unsigned seed = random_seed();
  MESSAGE("PMX_SEED=" << seed);
  std::minstd_rand random(seed);
  for (int run = 0; run < 500; ++run) {
    Patient patient = random() % 2 == 0 ? waiting_for_port() : with_health();
    if (random() % 2 == 0) patient.policy.health = with_health().policy.health;
    if (random() % 2 == 0) patient.policy.watchdog = Duration{1 + random() % 20'000};
    for (int i = 0; i < 100; ++i) {
      switch (random() % 8) {
        case 0:
          patient.send(PhaseBegan{static_cast<CheckupPhase>(random() % 3)});
          break;
        case 1:
        case 2:
          if (patient.is_asked) patient.answers(random() % 3 == 0 ? kGood : kBusy);
          break;
        case 3:
          if (random() % 16 == 0)
            patient.send(Triggered{});
          else
            patient.send(Fed{});
          break;
        case 4:
          if (random() % 8 == 0) patient.send(SaidStopping{});
          break;
        default:
          patient.wait(Duration{random() % 9'000});
      }
    }
  }
}

}  // namespace
}  // namespace pmx
