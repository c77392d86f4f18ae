// Any order of what workers and clients of a cluster do: no connection is lost or given twice,
// nobody gets one where it does not listen, and who listens has a socket.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "core/balancer.h"
#include "core/listener_table.h"

namespace {

using namespace pmx;

void require(bool holds) {
  if (!holds) std::abort();
}

class Walk {
 public:
  void step(std::uint8_t what, std::uint8_t argument) {
    const InstanceId someone{argument % 4U};
    switch (what % 11) {
      case 0:
        lose(someone);
        table_.admit(someone);
        balancer_.admit(someone, argument % 2U, balance_);
        on_trial_.erase(someone);
        alive_.insert(someone);
        retired_.erase(someone);
        break;
      case 1:
        lose(someone);
        table_.dismiss(someone);
        balancer_.dismiss(someone);
        alive_.erase(someone);
        break;
      case 2:
        table_.retire(someone);
        balancer_.retire(someone);
        retired_.insert(someone);
        break;
      case 3:
        balance_ = kBalances[argument % kBalances.size()].value;
        break;
      case 4:
      case 5:
        if (alive_.contains(someone)) listen(someone, argument / 4U);
        break;
      case 6:
        if (sockets_.empty()) break;
        connect(std::next(sockets_.begin(), argument % static_cast<int>(sockets_.size()))->second,
                argument);
        break;
      case 7:
        hand_over(argument % 8 == 0);
        break;
      case 8:
        answer(argument);
        break;
      case 9:
        balancer_.set_on_trial(someone, argument >= 128);
        if (argument < 128) {
          on_trial_.erase(someone);
        } else if (alive_.contains(someone)) {
          on_trial_.insert(someone);
        }
        break;
      default:
        for (const InstanceId one : alive_) table_.mark_up(one);
        now_ += Duration{100 * argument};
    }
    close_unused();
    table_.steer(
        [&](ListenerId any, std::span<const unsigned>) { require(sockets_.contains(any)); });
    require(balancer_.waiting() == waiting_.size());
    require(waiting_.size() + handed_.size() <= balancer_.capacity());
  }

 private:
  void lose(InstanceId worker) {
    std::erase_if(handed_, [&](const auto& one) {
      if (one.second.worker != worker) return false;
      waiting_.insert(one.first);
      return true;
    });
  }

  void listen(InstanceId worker, unsigned where) {
    ListenRequest request;
    Endpoint place;
    place.port = where % 3 == 0 ? 0 : 80;
    request.address = place;
    if (where % 3 == 2) request.address = std::string("/run/app.sock");
    request.index = where / 3;
    const auto slot = sharing_of(request, balance_, static_cast<unsigned>(worker) % 2).slot;
    const auto known = table_.find(worker, request, slot);
    if (!known) return;
    if (*known == nullptr && !table_.place_for(request, slot)) return;
    const ListenerId id = *known == nullptr ? ListenerId{++last_} : (*known)->id;
    if (*known == nullptr) {
      table_.add(id, request, slot);
    } else if ((*known)->slot.has_value() != slot.has_value()) {
      table_.convert(id, slot);
    }
    table_.use(worker, id, ListenerTable::Way::by_descriptor);
    sockets_[id] = table_[id].group;
    balancer_.join(worker, table_[id].group);
  }

  bool has_regular(ListenerId group) const {
    return std::ranges::any_of(alive_, [&](InstanceId one) {
      return balancer_.serves(one, group) && !retired_.contains(one) && !on_trial_.contains(one);
    });
  }

  void connect(ListenerId group, std::uint64_t client) {
    if (!balancer_.wants_more(group)) return;
    require(waiting_.insert(balancer_.add(group, client)).second);
  }

  void hand_over(bool is_full) {
    const auto next = balancer_.next();
    if (!next) return;
    require(waiting_.erase(next->connection) == 1 && alive_.contains(next->worker));
    require(table_.uses(next->worker, table_.own(next->worker, next->listener)));
    require(!retired_.contains(next->worker));
    require(!on_trial_.contains(next->worker) || !has_regular(next->listener));
    if (is_full) {
      balancer_.take_back(*next);
      waiting_.insert(next->connection);
    } else {
      require(handed_.emplace(next->connection, *next).second);
    }
  }

  void answer(std::uint8_t argument) {
    if (handed_.empty()) return;
    const auto one = std::next(handed_.begin(), argument % static_cast<int>(handed_.size()));
    const auto [fate, id] =
        balancer_.answered(one->second.worker, one->second.sequence, argument % 2 == 0);
    require(fate != Balancer::Fate::unknown && id == one->first);
    handed_.erase(one);
    if (fate == Balancer::Fate::waits) waiting_.insert(id);
  }

  void close_unused() {
    table_.note_unused(now_);
    while (const auto gone = table_.take_unused(now_)) {
      for (const InstanceId one : alive_) require(!table_.uses(one, *gone));
      const ListenerId group = sockets_.at(*gone);
      sockets_.erase(*gone);
      if (std::ranges::any_of(sockets_, [&](const auto& one) { return one.second == group; }))
        continue;
      // With the last one of a group go those who wait there.
      balancer_.close_listener(group, [&](ConnectionId id) { require(waiting_.erase(id) == 1); });
    }
  }

  ListenerTable table_;
  Balancer balancer_;
  Balance balance_ = Balance::round_robin;
  Instant now_{std::chrono::hours{1}};
  unsigned last_ = 0;
  std::set<InstanceId> alive_;
  std::set<InstanceId> retired_;
  std::set<InstanceId> on_trial_;
  std::map<ListenerId, ListenerId> sockets_;  // and its group
  std::set<ConnectionId> waiting_;
  std::map<ConnectionId, HandOver> handed_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Walk walk;
  for (std::size_t i = 0; i + 1 < size && i < 2'000; i += 2) walk.step(data[i], data[i + 1]);
  return 0;
}
