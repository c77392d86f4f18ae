// Which worker of a cluster gets the next connection, and what was handed over and not taken yet.
// The connections themselves, and the workers' channels, are somebody else's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "core/cluster_policy.h"

namespace pmx {

// A connection that has been accepted and is not a worker's yet: an index, to be used again.
enum class ConnectionId : unsigned {};

struct HandOver {
  ConnectionId connection{};
  InstanceId worker{};
  ListenerId listener{};
  std::uint64_t sequence = 0;  // names it in the worker's answer; below 2^53
};

class Balancer {
 public:
  // Of each worker, so many may be handed over and not answered. Node's own primary has one; more
  // keep a busy worker from waiting for us.
  static constexpr unsigned kWindow = 16;
  // A worker that answers nothing while the others answer so often comes last: its event loop is
  // blocked, and whatever it were given would wait as well.
  static constexpr std::uint64_t kOvertaken = 2 * kWindow;
  // Of sticky connections, whose worker may be the only one that is busy.
  static constexpr std::size_t kMostWaiting = 256;

  [[nodiscard]] Balance balance() const noexcept { return balance_; }

  // A new process; `number` is that of its instance among those of the app. The balance is that of
  // who came last and is still there. Allocates.
  void admit(InstanceId worker, unsigned number, Balance balance);
  // It has ended, or is another program now: what it has not answered waits for others.
  void dismiss(InstanceId worker) noexcept;
  // It gets nothing more.
  void retire(InstanceId worker) noexcept;
  // On trial it gets what is for it alone, and the rest only where nobody else can.
  void set_on_trial(InstanceId worker, bool is_on_trial) noexcept;

  void join(InstanceId worker, ListenerId listener);
  void leave(InstanceId worker, ListenerId listener) noexcept;
  [[nodiscard]] bool serves(InstanceId worker, ListenerId listener) const noexcept;
  [[nodiscard]] bool has_workers(ListenerId listener) const noexcept;

  // Its channel is full, or no longer.
  void set_blocked(InstanceId worker, bool is_blocked) noexcept;

  // Whether one more should be accepted: there is a place for it, and somebody to take it.
  [[nodiscard]] bool wants_more(ListenerId listener) const noexcept;
  // `client` is a hash of its address. wants_more() must hold. It is for `only`, as long as that
  // one serves the listener.
  ConnectionId add(ListenerId listener, std::uint64_t client,
                   std::optional<InstanceId> only = {}) noexcept;
  // The next that can be handed over, or nothing. It then counts as handed over.
  [[nodiscard]] std::optional<HandOver> next() noexcept;
  // That could not be done: its channel is full.
  void take_back(const HandOver& handed) noexcept;

  // What becomes of a connection that a worker has answered for.
  enum class Fate : unsigned char {
    unknown,   // there is no such
    taken,     // it is the worker's; ours is to be closed
    waits,     // for another worker
    unwanted,  // everybody has refused it: to be closed
  };
  struct Answered {
    Fate fate = Fate::unknown;
    ConnectionId connection{};
  };
  [[nodiscard]] Answered answered(InstanceId worker, std::uint64_t sequence,
                                  bool is_accepted) noexcept;
  // The same for the one that was handed over first: its descriptor did not arrive.
  [[nodiscard]] Answered lost_first(InstanceId worker) noexcept;
  // Where connections are from that a worker was handed before their listener was closed. They wait
  // again when it goes without an answer, and nobody takes them.
  static constexpr ListenerId kClosed{};
  // The listener is closed: calls `close(connection)` for each that waits for it.
  template <class Close>
  void close_listener(ListenerId listener, Close close) noexcept {
    for (std::size_t i = waiting_.size(); i-- > 0;) {
      const ConnectionId id = waiting_[i];
      if (at(id).listener != listener) continue;
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
      at(id).is_used = false;
      close(id);
    }
    forget(listener);
  }

  // Indexes of connections are below this.
  [[nodiscard]] std::size_t capacity() const noexcept { return connections_.size(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  // Of a worker: handed over since it was admitted, and those not answered.
  [[nodiscard]] std::uint64_t handed_over(InstanceId worker) const noexcept;
  [[nodiscard]] unsigned in_flight(InstanceId worker) const noexcept;

 private:
  struct Worker {
    InstanceId id{};
    unsigned number = 0;
    Balance balance{};
    unsigned in_flight = 0;
    std::uint64_t answers = 0;  // of all workers, when it last answered or had nothing to answer
    std::uint64_t handed_over = 0;
    std::uint64_t share = 0;  // the same, from where the others were when it came
    std::uint64_t mark = 0;   // one bit, in Connection::refused_by
    bool is_blocked = false;
    bool is_retired = false;
    bool is_on_trial = false;
    std::vector<ListenerId> listeners{};
  };
  struct Connection {
    bool is_used = false;
    ListenerId listener{};
    std::uint64_t client = 0;
    std::optional<InstanceId> only{};
    std::optional<InstanceId> worker{};  // it was handed over to
    std::uint64_t sequence = 0;
    std::uint64_t refused_by = 0;  // marks of workers
  };

  [[nodiscard]] Connection& at(ConnectionId id) noexcept {
    return connections_[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] Worker* find(InstanceId worker) noexcept;
  [[nodiscard]] const Worker* find(InstanceId worker) const noexcept;
  [[nodiscard]] static bool is_of(const Worker& worker, ListenerId listener) noexcept;
  [[nodiscard]] static bool has_room(const Worker& worker) noexcept {
    return !worker.is_blocked && worker.in_flight < kWindow;
  }
  [[nodiscard]] bool is_overtaken(const Worker& worker) const noexcept {
    return worker.in_flight > 0 && answers_ - worker.answers > kOvertaken;
  }
  [[nodiscard]] bool is_regular(const Worker& worker, ListenerId listener) const noexcept;
  [[nodiscard]] bool takes(const Worker& worker, ListenerId listener) const noexcept;
  [[nodiscard]] bool may_take(const Worker& worker, const Connection& connection) const noexcept {
    return (worker.mark & connection.refused_by) == 0 && takes(worker, connection.listener);
  }
  [[nodiscard]] bool is_refused_by_all(const Connection& connection) const noexcept;
  [[nodiscard]] std::uint64_t free_mark() const noexcept;
  [[nodiscard]] Worker* choose(const Connection& connection) noexcept;
  [[nodiscard]] Worker* choose_in_turn(const Connection& connection) noexcept;
  [[nodiscard]] Worker* choose_least(const Connection& connection) noexcept;
  [[nodiscard]] Worker* choose_by_client(const Connection& connection) noexcept;
  [[nodiscard]] Answered refuse(ConnectionId id, const Worker& by) noexcept;
  void wait_first(ConnectionId id) noexcept;
  void forget(ListenerId listener) noexcept;

  Balance balance_ = Balance::round_robin;
  std::vector<Worker> workers_;
  std::size_t next_worker_ = 0;  // whose turn it is
  std::vector<Connection> connections_;
  std::vector<ConnectionId> free_;
  std::vector<ConnectionId> waiting_;  // in the order in which they are to be handed over
  std::uint32_t hand_overs_ = 0;
  std::uint64_t answers_ = 0;
};

}  // namespace pmx
