#include "core/listener_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace pmx {
namespace {

using namespace std::chrono_literals;

using Slot = std::optional<unsigned>;
using Way = ListenerTable::Way;

constexpr Instant kNow{1h};

ListenRequest at_port(std::uint16_t port, unsigned index = 0) {
  Endpoint place;
  place.port = port;
  return {.address = place, .index = index};
}

ListenRequest at_path() { return {.address = std::string("/run/app.sock")}; }

InstanceId worker(unsigned number) { return InstanceId{number}; }

// What a primary does when a worker asks.
struct Primary {
  ListenerTable table;
  unsigned last = 0;

  std::expected<ListenerId, int> listen(unsigned number, const ListenRequest& request,
                                        const Slot& slot = {}, Way way = Way::by_descriptor) {
    const auto known = table.find(worker(number), request, slot);
    if (!known) return std::unexpected(known.error());
    ListenerId id{};
    if (*known != nullptr) {
      id = (*known)->id;
      if ((*known)->slot.has_value() != slot.has_value()) table.convert(id, slot);
    } else {
      const auto place = table.place_for(request, slot);
      if (!place) return std::unexpected(place.error());
      auto& fresh = table.add(ListenerId{++last}, request, slot);
      if (const auto* const endpoint = std::get_if<Endpoint>(&place->address)) {
        fresh.bound = *endpoint;
        if (endpoint->port == 0) fresh.bound->port = static_cast<std::uint16_t>(40'000 + last);
      }
      id = fresh.id;
    }
    table.use(worker(number), id, way);
    return id;
  }

  // Of each group whose offer changes: a socket of it, and what the kernel is told.
  std::map<ListenerId, std::vector<unsigned>> steer() {
    std::map<ListenerId, std::vector<unsigned>> told;
    table.steer([&](ListenerId any, const std::vector<unsigned>& orders) { told[any] = orders; });
    return told;
  }
};

Primary primary_of(unsigned workers) {
  Primary primary;
  for (unsigned i = 0; i < workers; ++i) primary.table.admit(worker(i));
  return primary;
}

TEST_CASE("how a request is shared is a question of the balance") {
  const auto of = [](const ListenRequest& request, Balance balance) {
    return sharing_of(request, balance, 3);
  };
  const Sharing is_accepted_from{.is_accepted_from = true};
  for (const Balance balance : {Balance::round_robin, Balance::least, Balance::sticky}) {
    CHECK(of(at_port(80), balance) == is_accepted_from);
    CHECK(of(at_path(), balance) == is_accepted_from);
  }
  CHECK(of(at_port(80), Balance::shared) == Sharing{});
  CHECK(of(at_port(80), Balance::reuse_port) == Sharing{.slot = 3});
  CHECK(of(at_path(), Balance::reuse_port) == Sharing{});
  ListenRequest other = at_port(80);
  for (const auto kind : {ListenRequest::Kind::datagram, ListenRequest::Kind::handed}) {
    other.kind = kind;
    for (const auto& balance : kBalances) CHECK(of(other, balance.value) == Sharing{});
  }
}

TEST_CASE("workers that ask for the same share it, and one that asks twice is told") {
  Primary primary = primary_of(2);
  const auto first = primary.listen(0, at_port(80));
  CHECK(primary.listen(1, at_port(80)) == first);
  CHECK(primary.listen(0, at_port(80)) == std::unexpected(EADDRINUSE));
  CHECK(primary.listen(0, at_port(81)) != first);
  CHECK(primary.listen(0, at_path()) != first);
  CHECK(primary.listen(0, at_port(0, 0)) != primary.listen(0, at_port(0, 1)));
  CHECK(primary.table.leave(worker(0), *first));
  CHECK(!primary.table.leave(worker(0), *first));
  CHECK(primary.listen(0, at_port(80)) == first);
}

TEST_CASE("a worker has at most kMost") {
  Primary primary = primary_of(1);
  for (unsigned i = 0; i < ListenerTable::kMost; ++i) {
    REQUIRE(primary.listen(0, at_port(0, i)));
  }
  const ListenRequest another = at_port(0, ListenerTable::kMost);
  CHECK(primary.listen(0, another) == std::unexpected(EMFILE));
  primary.table.admit(worker(0));  // a new process: what the one before asked for is there
  CHECK(primary.listen(0, another) == std::unexpected(EMFILE));
  CHECK(primary.table.take_unused_at(0));
  CHECK(primary.listen(0, another));
}

TEST_CASE("what nobody uses at a port can be made to go") {
  Primary primary = primary_of(2);
  static_cast<void>(primary.listen(0, at_port(80)));
  const auto left = primary.listen(1, at_port(81));
  CHECK(!primary.table.take_unused_at(81));
  primary.table.dismiss(worker(1));
  CHECK(!primary.table.take_unused_at(80));
  CHECK(primary.table.take_unused_at(81) == *left);
  CHECK(!primary.table.take_unused_at(81));
}

TEST_CASE("where nobody takes anything any more, who finishes does not keep it open") {
  Primary primary = primary_of(2);
  const auto served = primary.listen(0, at_port(80));
  const auto left = primary.listen(1, at_port(81));
  CHECK(!primary.table.take_unserved());
  primary.table.retire(worker(1));
  CHECK(primary.table.is_retired(worker(1)));
  CHECK(primary.table.take_unserved() == *left);
  CHECK(!primary.table.take_unserved());
  CHECK(!primary.table.leave(worker(1), *left));  // it says so later, of one that is no more
  CHECK(primary.table.uses(worker(0), *served));
}

TEST_CASE("any port that its last user closes is free at once, one of its choice is not") {
  Primary primary = primary_of(2);
  const auto any = primary.listen(0, at_port(0));
  CHECK(primary.listen(1, at_port(0)) == any);
  CHECK(primary.table.leave(worker(0), *any));
  CHECK(!primary.table.take_passing(*any));
  CHECK(primary.table.leave(worker(1), *any));
  CHECK(primary.table.take_passing(*any));
  const auto chosen = primary.listen(0, at_port(80));
  CHECK(primary.table.leave(worker(0), *chosen));
  CHECK(!primary.table.take_passing(*chosen));
}

TEST_CASE("a worker that never listens holds up for a minute what nobody uses") {
  Primary primary = primary_of(2);
  const auto id = primary.listen(0, at_port(80));
  primary.table.mark_up(worker(0));
  primary.table.note_unused(kNow);
  CHECK(primary.table.leave(worker(0), *id));
  primary.table.note_unused(kNow);
  CHECK(!primary.table.take_unused(kNow + 30s));
  CHECK(primary.table.take_unused(kNow + 60s) == *id);
}

TEST_CASE("the primary accepts for who takes it by hand, as long as there is such a one") {
  Primary primary = primary_of(2);
  const auto id = primary.listen(0, at_port(80), {}, Way::by_hand);
  CHECK(primary.listen(1, at_port(80), {}, Way::by_descriptor) == id);
  CHECK(primary.table.is_for_primary(*id));
  primary.table.dismiss(worker(1));  // who was to follow has failed
  CHECK(primary.table.is_for_primary(*id));
  primary.table.retire(worker(0));
  CHECK(!primary.table.is_for_primary(*id));
}

TEST_CASE("what the first worker shares with the others all of a group have") {
  Primary primary = primary_of(3);
  const auto plain = primary.listen(0, at_port(80), 0);
  const auto first = primary.listen(1, at_port(80), 1);
  primary.table.share(*plain, "");
  primary.table.share(*first, "keys");
  primary.table.share(*plain, "others");
  const auto last = primary.listen(2, at_port(80), 2);
  for (const auto& id : {plain, first, last}) CHECK(primary.table[*id].shared_data == "keys");
}

TEST_CASE("each one's own socket for port 0 is at the port of the first") {
  Primary primary = primary_of(3);
  std::vector<ListenerTable::Listener> all;
  for (unsigned i = 0; i < 3; ++i) all.push_back(primary.table[*primary.listen(i, at_port(0), i)]);
  for (unsigned i = 0; i < 3; ++i) {
    CHECK(all[i].bound == all[0].bound);
    CHECK(all[i].group == all[0].id);
    CHECK(all[i].order == i);
    CHECK(primary.table.own(worker(i), all[0].id) == all[i].id);
  }
  CHECK(all[1].id != all[0].id);
}

TEST_CASE("a successor has its predecessor's own") {
  Primary primary = primary_of(3);
  const auto old = primary.listen(0, at_port(80), 0);
  CHECK(primary.listen(1, at_port(80), 1) != old);
  CHECK(primary.listen(2, at_port(80), 0) == old);
}

TEST_CASE("when the balance is changed a socket is taken over") {
  Primary primary = primary_of(4);
  const auto one = primary.listen(0, at_port(80));
  CHECK(primary.listen(1, at_port(80), 0) == one);
  const auto other = primary.listen(2, at_port(80), 1);
  CHECK(other != one);
  CHECK(primary.table[*other].group == *one);
  CHECK(primary.listen(3, at_port(80)) == other);
  CHECK(!primary.table[*other].slot);
  CHECK(primary.listen(3, at_port(80), 0) == std::unexpected(EADDRINUSE));
}

TEST_CASE("the kernel is told who takes connections, once") {
  Primary primary = primary_of(3);
  std::vector<ListenerId> own;
  for (unsigned i = 0; i < 3; ++i) own.push_back(*primary.listen(i, at_port(80), i));
  CHECK(primary.steer().empty());  // it gives to all
  primary.table.retire(worker(1));
  CHECK(primary.steer() == std::map<ListenerId, std::vector<unsigned>>{{own[0], {0, 2}}});
  CHECK(primary.steer().empty());
  CHECK(primary.table.is_for_primary(own[1]));
  CHECK(!primary.table.is_for_primary(own[0]));
  primary.table.dismiss(worker(0));
  CHECK(primary.steer() == std::map<ListenerId, std::vector<unsigned>>{{own[0], {2}}});
  primary.table.dismiss(worker(2));  // nobody is left: who comes waits at any of them
  CHECK(primary.steer() == std::map<ListenerId, std::vector<unsigned>>{{own[0], {}}});
  for (const ListenerId id : own) CHECK(!primary.table.is_for_primary(id));
}

TEST_CASE("who does not listen where others do") {
  Primary primary = primary_of(2);
  REQUIRE(primary.listen(0, at_port(80)));
  CHECK(primary.table.is_missing_at(worker(1), 80));
  CHECK(!primary.table.is_missing_at(worker(0), 80));
  CHECK(!primary.table.is_missing_at(worker(1), 81));
}

TEST_CASE("what nobody uses is closed after half a minute, once all workers are up") {
  Primary primary = primary_of(2);
  const auto left = primary.listen(0, at_port(80));
  REQUIRE(primary.listen(1, at_port(81)));
  primary.table.mark_up(worker(1));
  primary.table.note_unused(kNow);
  CHECK(!primary.table.deadline());
  primary.table.dismiss(worker(0));
  primary.table.note_unused(kNow);
  CHECK(primary.table.deadline() == kNow + 30s);
  CHECK(!primary.table.take_unused(kNow + 29'999ms));

  primary.table.admit(worker(0));  // its successor may ask for it
  CHECK(!primary.table.take_unused(kNow + 30s));
  CHECK(primary.table.deadline() == kNow + 60s);
  primary.table.mark_up(worker(0));
  CHECK(primary.table.take_unused(kNow + 60s) == *left);
  CHECK(!primary.table.deadline());
  CHECK(primary.listen(0, at_port(80)) != left);
}

TEST_CASE("a socket whose file has gone is not asked for again, and stays while it is used") {
  Primary primary = primary_of(3);
  const auto old = primary.listen(0, at_path(), {}, Way::by_hand);
  REQUIRE(primary.listen(1, at_path(), {}, Way::by_hand) == old);
  primary.table.share(*old, "keys");
  primary.table.lose(*old);
  const auto fresh = primary.listen(0, at_path(), {}, Way::by_hand);  // its server has not closed
  REQUIRE(fresh);
  CHECK(fresh != old);
  CHECK(primary.listen(2, at_path(), {}, Way::by_hand) == fresh);
  // Whoever connects to one of them is for all.
  CHECK(primary.table[*fresh].group == *old);
  CHECK(primary.table[*fresh].shared_data == "keys");
  CHECK(primary.table.own(worker(0), *old) == *fresh);
  CHECK(primary.table.own(worker(1), *old) == *old);
  CHECK(primary.table.leave(worker(0), *old));
  primary.table.note_unused(kNow);
  CHECK(!primary.table.take_unused(kNow));
  primary.table.dismiss(worker(1));
  primary.table.note_unused(kNow);
  CHECK(primary.table.is_for_primary(*old));  // who has connected to it before
  CHECK(primary.table.take_unused(kNow) == *old);
  CHECK(!primary.table.take_unused(kNow));
  CHECK(primary.table.own(worker(0), *old) == *fresh);
}

TEST_CASE("nobody at all may be about to come back") {
  Primary primary = primary_of(1);
  REQUIRE(primary.listen(0, at_port(80)));
  primary.table.dismiss(worker(0));
  primary.table.note_unused(kNow);
  CHECK(!primary.table.take_unused(kNow + 1h));
}

TEST_CASE("in the kernel the last one takes the place of one that is closed") {
  Primary primary = primary_of(3);
  std::vector<ListenerId> own;
  for (unsigned i = 0; i < 3; ++i) {
    own.push_back(*primary.listen(i, at_port(80), i));
    primary.table.mark_up(worker(i));
  }
  primary.table.dismiss(worker(0));
  primary.table.note_unused(kNow);
  CHECK(primary.table.take_unused(kNow + 30s) == own[0]);
  CHECK(primary.table[own[1]].order == 1);
  CHECK(primary.table[own[2]].order == 0);
  primary.table.retire(worker(1));
  CHECK(primary.steer() == std::map<ListenerId, std::vector<unsigned>>{{own[1], {0}}});
}

// As the kernel counts: no two of a group have one place, and none is empty.
void check_places(const std::map<ListenerId, ListenerTable::Listener>& open) {
  std::map<ListenerId, std::set<unsigned>> places;
  std::map<ListenerId, unsigned> sockets;
  for (const auto& [id, listener] : open) {
    places[listener.group].insert(listener.order);
    ++sockets[listener.group];
  }
  for (const auto& [group, orders] : places) {
    CHECK(orders.size() == sockets[group]);
    CHECK(*orders.rbegin() == orders.size() - 1);
  }
}

TEST_CASE("whatever workers do, whoever listens has a socket, and those who can are offered") {
  std::mt19937 random(20261130);
  const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  const std::array places{at_port(80), at_port(0), at_port(0, 1), at_path()};
  unsigned closed = 0;
  unsigned converted = 0;
  for (int life = 0; life < 200; ++life) {
    Primary primary = primary_of(4);
    std::set<unsigned> alive{0, 1, 2, 3};
    std::set<unsigned> retired;
    std::map<unsigned, std::set<ListenerId>> uses;
    std::map<unsigned, std::set<ListenerId>> by_hand;
    std::set<ListenerId> open;
    Balance balance = Balance::round_robin;
    Instant now = kNow;
    for (int step = 0; step < 150; ++step) {
      const unsigned someone = below(4);
      switch (below(7)) {
        case 0:
          balance = kBalances[below(kBalances.size())].value;
          break;
        case 1:
          primary.table.admit(worker(someone));
          alive.insert(someone);
          retired.erase(someone);
          uses[someone].clear();
          by_hand[someone].clear();
          break;
        case 2:
          if (below(2) == 0) {
            primary.table.retire(worker(someone));
            if (alive.contains(someone)) retired.insert(someone);
            break;
          }
          primary.table.dismiss(worker(someone));
          alive.erase(someone);
          uses[someone].clear();
          by_hand[someone].clear();
          break;
        case 3:
          for (const unsigned one : alive) primary.table.mark_up(worker(one));
          break;
        default: {
          if (!alive.contains(someone)) break;
          const ListenRequest& request = places[below(places.size())];
          const auto [slot, is_accepted_from] = sharing_of(request, balance, someone % 2);
          const Way way = is_accepted_from ? Way::by_hand : Way::by_descriptor;
          const auto got = primary.listen(someone, request, slot, way);
          if (!got) {
            CHECK(got.error() == EADDRINUSE);
            break;
          }
          CHECK(uses[someone].insert(*got).second);
          if (is_accepted_from) by_hand[someone].insert(*got);
          if (!open.insert(*got).second && !slot) ++converted;
        }
      }
      primary.table.note_unused(now);
      now += Duration{below(8'000)};
      while (const auto gone = primary.table.take_unused(now)) {
        CHECK(open.erase(*gone) == 1);
        for (const auto& [one, its] : uses) CHECK(!its.contains(*gone));
        ++closed;
      }
      std::map<ListenerId, ListenerTable::Listener> all;
      std::set<ListenerId> served_groups;
      for (const ListenerId id : open) all[id] = primary.table[id];
      check_places(all);
      std::set<ListenerId> served;
      std::set<ListenerId> served_by_hand;
      for (const auto& [one, its] : uses) {
        if (retired.contains(one)) continue;
        served.insert(its.begin(), its.end());
        served_by_hand.insert(by_hand[one].begin(), by_hand[one].end());
      }
      for (const ListenerId id : served) served_groups.insert(all.at(id).group);
      for (const auto& [id, listener] : all) {
        const bool is_passed_over = !served.contains(id) && served_groups.contains(listener.group);
        const bool is_for_primary = is_passed_over || served_by_hand.contains(id);
        CHECK(primary.table.is_for_primary(id) == is_for_primary);
      }
    }
  }
  CHECK(closed > 100);
  CHECK(converted > 100);
}

}  // namespace
}  // namespace pmx
