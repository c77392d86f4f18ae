#include "core/balancer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace pmx {
namespace {

constexpr ListenerId kHttp{1};
constexpr ListenerId kOther{2};

InstanceId worker(unsigned number) { return InstanceId{number}; }

Balancer balancer_of(unsigned workers, Balance balance = Balance::round_robin) {
  Balancer balancer;
  for (unsigned i = 0; i < workers; ++i) {
    balancer.admit(worker(i), i, balance);
    balancer.join(worker(i), kHttp);
  }
  return balancer;
}

// One connection from its arrival to its worker; nothing: nobody takes one.
std::optional<HandOver> arrive(Balancer& balancer, std::uint64_t client = 0) {
  if (!balancer.wants_more(kHttp)) return std::nullopt;
  balancer.add(kHttp, client);
  return balancer.next();
}

TEST_CASE("what a worker has not answered for when its listener is closed ends with the worker") {
  Balancer balancer = balancer_of(2);
  const auto handed = arrive(balancer);
  REQUIRE(handed);
  balancer.close_listener(kHttp, [](ConnectionId) { FAIL("it is the worker's to answer for"); });
  balancer.dismiss(handed->worker);
  CHECK(balancer.waiting() == 1);
  std::vector<ConnectionId> closed;
  balancer.close_listener(Balancer::kClosed, [&](ConnectionId id) { closed.push_back(id); });
  CHECK(closed == std::vector{handed->connection});
  CHECK(balancer.waiting() == 0);
}

TEST_CASE("who is free gets the next one, in turn") {
  Balancer balancer = balancer_of(3);
  std::map<unsigned, int> counts;
  for (int i = 0; i < 300; ++i) {
    const auto handed = arrive(balancer);
    REQUIRE(handed);
    ++counts[static_cast<unsigned>(handed->worker)];
    CHECK(balancer.answered(handed->worker, handed->sequence, true).fate == Balancer::Fate::taken);
  }
  CHECK(counts == std::map<unsigned, int>{{0, 100}, {1, 100}, {2, 100}});
}

TEST_CASE("who does not answer gets no more than the window, and the others go on") {
  Balancer balancer = balancer_of(2);
  unsigned stuck = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto handed = arrive(balancer);
    REQUIRE(handed);
    if (handed->worker == worker(0)) {
      ++stuck;
    } else {
      static_cast<void>(balancer.answered(handed->worker, handed->sequence, true));
    }
  }
  CHECK(stuck == 1);  // the other one was always free
  CHECK(balancer.in_flight(worker(0)) == 1);
}

TEST_CASE("who answers nothing while the others do comes last, however much comes at once") {
  for (const Balance balance : {Balance::round_robin, Balance::least}) {
    Balancer balancer = balancer_of(2, balance);
    std::vector<HandOver> stuck;
    for (int round = 0; round < 100; ++round) {
      std::vector<HandOver> busy;
      for (unsigned i = 0; i < Balancer::kWindow; ++i) {
        const auto handed = arrive(balancer);
        REQUIRE(handed);
        (handed->worker == worker(0) ? stuck : busy).push_back(*handed);
      }
      for (const HandOver& handed : busy) {
        static_cast<void>(balancer.answered(handed.worker, handed.sequence, true));
      }
    }
    CHECK(stuck.size() < Balancer::kWindow);
    const std::size_t before = stuck.size();
    // It is better than nobody.
    for (unsigned i = 0; i < Balancer::kWindow; ++i) CHECK(arrive(balancer)->worker == worker(1));
    CHECK(arrive(balancer)->worker == worker(0));
    CHECK(balancer.in_flight(worker(0)) == before + 1);
    // When it answers it is one of them again.
    for (const HandOver& handed : stuck) {
      static_cast<void>(balancer.answered(handed.worker, handed.sequence, true));
    }
    CHECK(arrive(balancer)->worker == worker(0));
  }
}

TEST_CASE("when all windows are full nothing more is wanted") {
  Balancer balancer = balancer_of(2);
  for (unsigned i = 0; i < 2 * Balancer::kWindow; ++i) REQUIRE(arrive(balancer));
  CHECK(!balancer.wants_more(kHttp));
  CHECK(!balancer.next());
}

TEST_CASE("what a worker did not answer before it died is another's, the oldest first") {
  Balancer balancer = balancer_of(2);
  std::vector<ConnectionId> of_first;
  for (int i = 0; i < 8; ++i) {
    const auto handed = arrive(balancer);
    if (handed->worker == worker(0)) of_first.push_back(handed->connection);
  }
  balancer.dismiss(worker(0));
  for (const ConnectionId id : of_first) {
    const auto again = balancer.next();
    REQUIRE(again);
    CHECK(again->worker == worker(1));
    CHECK(again->connection == id);
  }
  CHECK(!balancer.next());
}

TEST_CASE("an answer that comes twice, of another worker, or of before, changes nothing") {
  Balancer balancer = balancer_of(2);
  const auto handed = arrive(balancer);
  CHECK(balancer.answered(worker(1), handed->sequence, true).fate == Balancer::Fate::unknown);
  CHECK(balancer.answered(worker(0), handed->sequence + 1, true).fate == Balancer::Fate::unknown);
  CHECK(balancer.answered(worker(0), ~std::uint64_t{0}, true).fate == Balancer::Fate::unknown);
  CHECK(balancer.answered(worker(0), handed->sequence, true).fate == Balancer::Fate::taken);
  CHECK(balancer.answered(worker(0), handed->sequence, true).fate == Balancer::Fate::unknown);
  CHECK(balancer.in_flight(worker(0)) == 0);
}

TEST_CASE("a refused connection goes to the others; refused by all it is unwanted") {
  Balancer balancer = balancer_of(2);
  const auto first = arrive(balancer);
  CHECK(balancer.answered(first->worker, first->sequence, false).fate == Balancer::Fate::waits);
  const auto second = balancer.next();
  REQUIRE(second);
  CHECK(second->worker != first->worker);
  CHECK(second->connection == first->connection);
  CHECK(balancer.answered(second->worker, second->sequence, false).fate ==
        Balancer::Fate::unwanted);
}

TEST_CASE("who has refused a connection is not asked again, however busy the others are") {
  for (const Balance balance : {Balance::round_robin, Balance::least, Balance::sticky}) {
    Balancer balancer = balancer_of(4, balance);
    for (unsigned i = 0; i < 5; ++i) {
      balancer.add(kHttp, 0, worker(3));
      CHECK(balancer.next()->worker == worker(3));
    }
    auto handed = arrive(balancer, 1);
    std::set<InstanceId> asked;
    for (unsigned i = 0; i < 4; ++i) {
      REQUIRE(handed);
      CHECK(asked.insert(handed->worker).second);
      using enum Balancer::Fate;
      const auto answer = balancer.answered(handed->worker, handed->sequence, false);
      CHECK(answer.fate == (i < 3 ? waits : unwanted));
      handed = balancer.next();
    }
    CHECK(!handed);
  }
}

TEST_CASE("one that was refused waits for who is stuck, and what comes does not wait behind it") {
  Balancer balancer = balancer_of(2);
  for (unsigned i = 0; i < Balancer::kWindow; ++i) {
    balancer.add(kHttp, 0, worker(1));
    REQUIRE(balancer.next());
  }
  const auto refused = arrive(balancer);
  CHECK(balancer.answered(worker(0), refused->sequence, false).fate == Balancer::Fate::waits);
  CHECK(!balancer.next());
  CHECK(arrive(balancer)->worker == worker(0));
  // Without those that it waits for it is offered again, once.
  balancer.retire(worker(1));
  const auto again = balancer.next();
  REQUIRE(again);
  CHECK(again->connection == refused->connection);
  CHECK(balancer.answered(worker(0), again->sequence, false).fate == Balancer::Fate::unwanted);
}

TEST_CASE("a successor is asked though its predecessor has refused") {
  Balancer balancer = balancer_of(2);
  const auto refused = arrive(balancer);
  balancer.set_blocked(worker(1), true);
  CHECK(balancer.answered(worker(0), refused->sequence, false).fate == Balancer::Fate::waits);
  balancer.admit(worker(0), 0, Balance::round_robin);
  balancer.join(worker(0), kHttp);
  CHECK(balancer.next()->worker == worker(0));
}

TEST_CASE("what is for one worker alone and is refused by it is nobody else's") {
  Balancer balancer = balancer_of(2);
  balancer.set_on_trial(worker(1), true);
  balancer.add(kHttp, 0, worker(1));
  const auto handed = balancer.next();
  CHECK(balancer.answered(worker(1), handed->sequence, false).fate == Balancer::Fate::unwanted);
}

TEST_CASE("of a hundred workers each connection finds one that has room") {
  Balancer balancer = balancer_of(100);
  for (int i = 0; i < 100; ++i) {
    auto handed = arrive(balancer);
    REQUIRE(handed);
    for (int refusals = 0; refusals < 50; ++refusals) {
      const auto answer = balancer.answered(handed->worker, handed->sequence, false);
      REQUIRE(answer.fate == Balancer::Fate::waits);
      handed = balancer.next();
      REQUIRE(handed);
    }
    CHECK(balancer.answered(handed->worker, handed->sequence, true).fate == Balancer::Fate::taken);
  }
}

TEST_CASE("a connection that is refused while nobody is left waits for who comes") {
  Balancer balancer = balancer_of(1);
  const auto handed = arrive(balancer);
  balancer.retire(worker(0));
  CHECK(balancer.answered(worker(0), handed->sequence, false).fate == Balancer::Fate::waits);
  CHECK(!balancer.next());
  balancer.admit(worker(7), 0, Balance::round_robin);
  balancer.join(worker(7), kHttp);
  const auto again = balancer.next();
  REQUIRE(again);
  CHECK(again->worker == worker(7));
}

TEST_CASE("the first that was not answered is what a lost descriptor is about") {
  Balancer balancer = balancer_of(1);
  const auto first = arrive(balancer);
  const auto second = arrive(balancer);
  CHECK(balancer.lost_first(worker(0)).connection == first->connection);
  CHECK(balancer.lost_first(worker(0)).connection == second->connection);
  CHECK(balancer.lost_first(worker(0)).fate == Balancer::Fate::unknown);
}

TEST_CASE("of a full channel nothing is lost, and nobody waits for it") {
  Balancer balancer = balancer_of(2);
  const auto handed = arrive(balancer);
  balancer.take_back(*handed);
  balancer.set_blocked(handed->worker, true);
  const auto again = balancer.next();
  REQUIRE(again);
  CHECK(again->connection == handed->connection);
  CHECK(again->worker != handed->worker);
  CHECK(balancer.handed_over(handed->worker) == 0);
}

TEST_CASE("least: who came late is not flooded") {
  Balancer balancer = balancer_of(2, Balance::least);
  for (int i = 0; i < 100; ++i) {
    const auto handed = arrive(balancer);
    static_cast<void>(balancer.answered(handed->worker, handed->sequence, true));
  }
  balancer.admit(worker(2), 2, Balance::least);
  balancer.join(worker(2), kHttp);
  std::map<unsigned, int> counts;
  for (int i = 0; i < 300; ++i) {
    const auto handed = arrive(balancer);
    ++counts[static_cast<unsigned>(handed->worker)];
    static_cast<void>(balancer.answered(handed->worker, handed->sequence, true));
  }
  for (const auto& [id, count] : counts) CHECK(std::abs(count - 100) <= 1);
}

TEST_CASE("sticky: a client stays with its worker, and only those of a worker that left move") {
  Balancer balancer = balancer_of(5, Balance::sticky);
  const auto worker_of = [&balancer](std::uint64_t client) {
    const auto handed = arrive(balancer, client);
    REQUIRE(handed);
    static_cast<void>(balancer.answered(handed->worker, handed->sequence, true));
    return handed->worker;
  };
  std::map<std::uint64_t, InstanceId> before;
  std::set<InstanceId> used;
  for (std::uint64_t client = 1; client <= 500; ++client) {
    before[client] = worker_of(client);
    used.insert(before[client]);
  }
  CHECK(used.size() == 5);
  balancer.dismiss(worker(2));
  for (const auto& [client, was] : before) {
    if (was != worker(2)) CHECK(worker_of(client) == was);
  }
  balancer.admit(worker(9), 2, Balance::sticky);  // another process of the same number
  balancer.join(worker(9), kHttp);
  for (const auto& [client, was] : before) {
    CHECK(worker_of(client) == (was == worker(2) ? worker(9) : was));
  }
}

TEST_CASE("sticky: who waits for a busy worker keeps nobody else waiting") {
  Balancer balancer = balancer_of(2, Balance::sticky);
  std::vector<std::uint64_t> of_first;
  std::uint64_t of_second = 0;
  for (std::uint64_t client = 1; of_first.size() <= Balancer::kWindow || of_second == 0; ++client) {
    Balancer probe = balancer_of(2, Balance::sticky);
    (arrive(probe, client)->worker == worker(0)) ? of_first.push_back(client)
                                                 : void(of_second = client);
  }
  for (unsigned i = 0; i < Balancer::kWindow; ++i) REQUIRE(arrive(balancer, of_first[i]));
  CHECK(!arrive(balancer, of_first[Balancer::kWindow]));
  CHECK(balancer.waiting() == 1);
  CHECK(balancer.wants_more(kHttp));
  const auto handed = arrive(balancer, of_second);
  REQUIRE(handed);
  CHECK(handed->worker == worker(1));
}

// Whatever happens: a connection is in one place, windows hold, and nothing is lost.
TEST_CASE("what a worker that is closing refuses goes to the one that is left") {
  Balancer balancer = balancer_of(2);
  const auto handed = arrive(balancer);
  REQUIRE(handed);
  balancer.leave(handed->worker, kHttp);
  CHECK(balancer.answered(handed->worker, handed->sequence, false).fate == Balancer::Fate::waits);
  const auto again = balancer.next();
  REQUIRE(again);
  CHECK(again->worker != handed->worker);
}

TEST_CASE("what is refused when its listener is closed is nobody's") {
  Balancer balancer = balancer_of(1);
  const auto handed = arrive(balancer);
  REQUIRE(handed);
  balancer.close_listener(kHttp, [](ConnectionId) {});
  const auto answer = balancer.answered(handed->worker, handed->sequence, false);
  CHECK(answer.fate == Balancer::Fate::unwanted);
}

TEST_CASE("5,000 workers have places of their own for what is handed over") {
  Balancer balancer = balancer_of(5'000);
  for (unsigned i = 0; i < 5'000 * Balancer::kWindow; ++i) balancer.add(kHttp, 0);
  std::set<std::uint64_t> sequences;
  while (const auto handed = balancer.next()) {
    sequences.insert(handed->sequence);
    if (sequences.size() == 70'000) break;
  }
  CHECK(sequences.size() == 70'000);
  CHECK(*sequences.rbegin() < (std::uint64_t{1} << 53U));
}

TEST_CASE("what is for one worker alone goes to it, and others do not wait behind it") {
  for (const Balance balance : {Balance::round_robin, Balance::least, Balance::sticky}) {
    Balancer balancer = balancer_of(3, balance);
    for (unsigned i = 0; i < Balancer::kWindow; ++i) {
      balancer.add(kHttp, 7, worker(1));
      const auto handed = balancer.next();
      REQUIRE(handed);
      CHECK(handed->worker == worker(1));
    }
    balancer.add(kHttp, 7, worker(1));
    CHECK_FALSE(balancer.next());
    CHECK(balancer.wants_more(kHttp));
    balancer.dismiss(worker(1));  // then anybody may have it
    const auto handed = balancer.next();
    REQUIRE(handed);
    CHECK(handed->worker != worker(1));
  }
}

TEST_CASE("who is on trial gets what is for it alone, and the rest when nobody else takes it") {
  for (const Balance balance : {Balance::round_robin, Balance::least, Balance::sticky}) {
    Balancer balancer = balancer_of(2, balance);
    balancer.set_on_trial(worker(1), true);
    for (unsigned i = 0; i < Balancer::kWindow; ++i)
      CHECK(arrive(balancer, i)->worker == worker(0));
    balancer.add(kHttp, 1, worker(1));
    CHECK(balancer.next()->worker == worker(1));
    if (balance != Balance::sticky) CHECK_FALSE(balancer.wants_more(kHttp));
    balancer.retire(worker(0));
    CHECK(arrive(balancer)->worker == worker(1));
  }
}

TEST_CASE("the balance is that of who came last and is there") {
  Balancer balancer = balancer_of(2, Balance::least);
  balancer.admit(worker(2), 0, Balance::sticky);
  CHECK(balancer.balance() == Balance::sticky);
  balancer.dismiss(worker(2));
  CHECK(balancer.balance() == Balance::least);
}

TEST_CASE("random lives") {
  std::mt19937 random{20'261'129};
  const auto below = [&random](std::size_t n) { return random() % n; };
  std::size_t handed_overs = 0;
  std::size_t taken_back = 0;
  std::size_t unwanted = 0;
  for (int life = 0; life < 300; ++life) {
    Balancer balancer;
    const Balance balance =
        std::array{Balance::round_robin, Balance::least, Balance::sticky}[below(3)];
    std::set<unsigned> waiting;
    std::map<unsigned, HandOver> handed;  // by connection
    std::set<unsigned> alive;
    const auto check = [&] {
      CHECK(balancer.waiting() == waiting.size());
      std::map<InstanceId, unsigned> flying;
      for (const auto& [id, what] : handed) ++flying[what.worker];
      for (const unsigned id : alive) {
        CHECK(balancer.in_flight(worker(id)) == flying[worker(id)]);
        CHECK(flying[worker(id)] <= Balancer::kWindow);
      }
      CHECK(waiting.size() + handed.size() <= balancer.capacity());
    };
    for (int step = 0; step < 200; ++step) {
      const ListenerId listener = below(4) == 0 ? kOther : kHttp;
      const unsigned someone = static_cast<unsigned>(below(5));
      switch (below(8)) {
        case 0:
          for (auto it = handed.begin(); it != handed.end();) {
            const bool is_its = it->second.worker == worker(someone);
            if (is_its) waiting.insert(it->first);
            it = is_its ? handed.erase(it) : std::next(it);
          }
          balancer.admit(worker(someone), someone, balance);
          balancer.join(worker(someone), listener);
          alive.insert(someone);
          break;
        case 1:
          if (below(3) != 0) break;
          for (auto it = handed.begin(); it != handed.end();) {
            const bool is_its = it->second.worker == worker(someone);
            if (is_its) waiting.insert(it->first);
            it = is_its ? handed.erase(it) : std::next(it);
          }
          balancer.dismiss(worker(someone));
          alive.erase(someone);
          break;
        case 2:
          below(4) == 0 ? balancer.retire(worker(someone))
                        : balancer.leave(worker(someone), listener);
          break;
        case 3:
          balancer.set_blocked(worker(someone), below(2) == 0);
          break;
        case 4:
        case 5:
          if (balancer.wants_more(listener)) {
            const auto id = static_cast<unsigned>(balancer.add(listener, random()));
            CHECK(waiting.insert(id).second);
            CHECK(!handed.contains(id));
          }
          break;
        case 6:
          while (const auto next = balancer.next()) {
            const auto id = static_cast<unsigned>(next->connection);
            CHECK(waiting.erase(id) == 1);
            CHECK(alive.contains(static_cast<unsigned>(next->worker)));
            CHECK(balancer.serves(next->worker, next->listener));
            if (below(10) == 0) {
              balancer.take_back(*next);
              balancer.set_blocked(next->worker, true);
              waiting.insert(id);
              ++taken_back;
              continue;
            }
            handed[id] = *next;
            ++handed_overs;
          }
          break;
        default:
          if (handed.empty()) break;
          auto chosen =
              std::next(handed.begin(), static_cast<std::ptrdiff_t>(below(handed.size())));
          const auto answer =
              balancer.answered(chosen->second.worker, chosen->second.sequence, below(4) != 0);
          CHECK(answer.fate != Balancer::Fate::unknown);
          CHECK(static_cast<unsigned>(answer.connection) == chosen->first);
          if (answer.fate == Balancer::Fate::waits) waiting.insert(chosen->first);
          if (answer.fate == Balancer::Fate::unwanted) ++unwanted;
          handed.erase(chosen);
      }
      check();
    }
    std::size_t closed = 0;
    const std::size_t before = waiting.size();
    balancer.close_listener(kHttp, [&](ConnectionId) { ++closed; });
    balancer.close_listener(kOther, [&](ConnectionId) { ++closed; });
    CHECK(closed == before);
    CHECK(balancer.waiting() == 0);
  }
  CHECK(handed_overs > 1'000);
  CHECK(taken_back > 10);
  CHECK(unwanted > 10);
}

}  // namespace
}  // namespace pmx
