#include "core/balancer.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace pmx {
namespace {

// A connection's index is part of what names its hand-over, so that it need not be looked for.
constexpr unsigned kIndexBits = 20;
constexpr std::uint64_t kIndexMask = (1U << kIndexBits) - 1;

// SplitMix64's last step: every bit of the input counts in every bit of the output.
std::uint64_t mix(std::uint64_t value) noexcept {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
  value = (value ^ value >> 27) * 0x94d049bb133111ebU;
  return value ^ value >> 31;
}

}  // namespace

void Balancer::admit(InstanceId worker, unsigned number, Balance balance) {
  dismiss(worker);
  const auto least = std::ranges::min_element(workers_, {}, &Worker::share);
  const std::uint64_t share = least == workers_.end() ? 0 : least->share;
  workers_.push_back(
      {.id = worker, .number = number, .balance = balance, .share = share, .mark = free_mark()});
  balance_ = balance;
  const std::size_t capacity = workers_.size() * kWindow + kMostWaiting;
  while (connections_.size() < capacity) {
    free_.push_back(ConnectionId{static_cast<unsigned>(connections_.size())});
    connections_.emplace_back();
  }
  free_.reserve(connections_.size());
  waiting_.reserve(connections_.size());
}

void Balancer::dismiss(InstanceId worker) noexcept {
  Worker* const gone = find(worker);
  if (gone == nullptr) return;
  // The oldest is to be the first again.
  std::optional<std::uint64_t> last;
  while (true) {
    Connection* latest = nullptr;
    for (Connection& connection : connections_) {
      const bool is_its = connection.is_used && connection.worker == worker &&
                          (!last || connection.sequence < *last);
      if (is_its && (latest == nullptr || connection.sequence > latest->sequence)) {
        latest = &connection;
      }
    }
    if (latest == nullptr) break;
    last = latest->sequence;
    latest->worker.reset();
    wait_first(ConnectionId{static_cast<unsigned>(latest - connections_.data())});
  }
  for (Connection& connection : connections_) connection.refused_by &= ~gone->mark;
  const auto index = static_cast<std::size_t>(gone - workers_.data());
  workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(index));
  if (next_worker_ > index) --next_worker_;
  if (!workers_.empty()) balance_ = workers_.back().balance;
}

void Balancer::retire(InstanceId worker) noexcept {
  if (Worker* const found = find(worker)) found->is_retired = true;
}

void Balancer::set_on_trial(InstanceId worker, bool is_on_trial) noexcept {
  if (Worker* const found = find(worker)) found->is_on_trial = is_on_trial;
}

void Balancer::join(InstanceId worker, ListenerId listener) {
  Worker* const found = find(worker);
  if (found != nullptr && !is_of(*found, listener)) found->listeners.push_back(listener);
}

void Balancer::leave(InstanceId worker, ListenerId listener) noexcept {
  if (Worker* const found = find(worker)) std::erase(found->listeners, listener);
}

bool Balancer::serves(InstanceId worker, ListenerId listener) const noexcept {
  const Worker* const found = find(worker);
  return found != nullptr && is_of(*found, listener);
}

bool Balancer::has_workers(ListenerId listener) const noexcept {
  return std::ranges::any_of(workers_,
                             [&](const Worker& worker) { return takes(worker, listener); });
}

void Balancer::set_blocked(InstanceId worker, bool is_blocked) noexcept {
  if (Worker* const found = find(worker)) found->is_blocked = is_blocked;
}

bool Balancer::wants_more(ListenerId listener) const noexcept {
  if (free_.empty()) return false;
  if (balance_ == Balance::sticky) {
    return waiting_.size() < kMostWaiting && has_workers(listener);
  }
  // Those that were given back go first. One that was refused may wait for somebody who is stuck.
  if (std::ranges::any_of(waiting_, [&](ConnectionId id) {
        const Connection& connection = connections_[static_cast<std::size_t>(id)];
        return connection.listener == listener && !connection.only && connection.refused_by == 0;
      })) {
    return false;
  }
  return std::ranges::any_of(
      workers_, [&](const Worker& worker) { return has_room(worker) && takes(worker, listener); });
}

ConnectionId Balancer::add(ListenerId listener, std::uint64_t client,
                           std::optional<InstanceId> only) noexcept {
  const ConnectionId id = free_.back();
  free_.pop_back();
  at(id) = {.is_used = true, .listener = listener, .client = client, .only = only};
  waiting_.push_back(id);
  return id;
}

std::optional<HandOver> Balancer::next() noexcept {
  for (auto id = waiting_.begin(); id != waiting_.end(); ++id) {
    Connection& connection = at(*id);
    // Those that it was to be offered to have gone. Who is left may have room for it by now.
    if (connection.refused_by != 0 && is_refused_by_all(connection)) connection.refused_by = 0;
    Worker* const worker = choose(connection);
    if (worker == nullptr) continue;
    if (worker->in_flight++ == 0) worker->answers = answers_;
    ++worker->handed_over;
    ++worker->share;
    connection.worker = worker->id;
    connection.sequence = std::uint64_t{++hand_overs_} << kIndexBits | static_cast<unsigned>(*id);
    const HandOver handed{*id, worker->id, connection.listener, connection.sequence};
    waiting_.erase(id);
    return handed;
  }
  return std::nullopt;
}

void Balancer::take_back(const HandOver& handed) noexcept {
  Worker* const worker = find(handed.worker);
  Connection& connection = at(handed.connection);
  if (worker == nullptr || connection.sequence != handed.sequence) return;
  --worker->in_flight;
  --worker->handed_over;
  --worker->share;
  connection.worker.reset();
  wait_first(handed.connection);
}

Balancer::Answered Balancer::answered(InstanceId worker, std::uint64_t sequence,
                                      bool is_accepted) noexcept {
  const ConnectionId id{static_cast<unsigned>(sequence & kIndexMask)};
  Worker* const by = find(worker);
  if (by == nullptr || static_cast<std::size_t>(id) >= connections_.size()) return {};
  Connection& connection = at(id);
  const bool is_its = connection.is_used && connection.worker == worker;
  if (!is_its || connection.sequence != sequence) return {};
  --by->in_flight;
  by->answers = ++answers_;
  if (!is_accepted) return refuse(id, *by);
  connection.is_used = false;
  free_.push_back(id);
  return {Fate::taken, id};
}

Balancer::Answered Balancer::lost_first(InstanceId worker) noexcept {
  const Connection* first = nullptr;
  for (const Connection& connection : connections_) {
    if (!connection.is_used || connection.worker != worker) continue;
    if (first == nullptr || connection.sequence < first->sequence) first = &connection;
  }
  if (first == nullptr) return {};
  return answered(worker, first->sequence, false);
}

// A worker refuses because it is closing, or has all that it wants: then it is not asked again.
// When everybody has who is still there, nobody wants it.
Balancer::Answered Balancer::refuse(ConnectionId id, const Worker& by) noexcept {
  Connection& connection = at(id);
  connection.worker.reset();
  const bool is_taker = takes(by, connection.listener);
  if (is_taker) connection.refused_by |= by.mark;
  const bool is_its_own = connection.only == by.id && is_of(by, connection.listener);
  const bool is_unwanted = is_its_own || (is_taker && is_refused_by_all(connection));
  const bool is_open = connection.listener != kClosed;
  if (is_open && !is_unwanted) {
    wait_first(id);
    return {Fate::waits, id};
  }
  connection.is_used = false;
  free_.push_back(id);
  return {Fate::unwanted, id};
}

void Balancer::wait_first(ConnectionId id) noexcept { waiting_.insert(waiting_.begin(), id); }

void Balancer::forget(ListenerId listener) noexcept {
  for (Worker& worker : workers_) std::erase(worker.listeners, listener);
  for (Connection& connection : connections_) {
    if (connection.listener == listener) connection.listener = kClosed;
  }
  free_.clear();
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    if (!connections_[i].is_used) free_.push_back(ConnectionId{static_cast<unsigned>(i)});
  }
}

std::uint64_t Balancer::handed_over(InstanceId worker) const noexcept {
  const Worker* const found = find(worker);
  return found == nullptr ? 0 : found->handed_over;
}

unsigned Balancer::in_flight(InstanceId worker) const noexcept {
  const Worker* const found = find(worker);
  return found == nullptr ? 0 : found->in_flight;
}

const Balancer::Worker* Balancer::find(InstanceId worker) const noexcept {
  const auto found = std::ranges::find(workers_, worker, &Worker::id);
  return found == workers_.end() ? nullptr : &*found;
}

Balancer::Worker* Balancer::find(InstanceId worker) noexcept {
  return const_cast<Worker*>(std::as_const(*this).find(worker));
}

bool Balancer::is_of(const Worker& worker, ListenerId listener) noexcept {
  return std::ranges::find(worker.listeners, listener) != worker.listeners.end();
}

bool Balancer::is_regular(const Worker& worker, ListenerId listener) const noexcept {
  return !worker.is_retired && !worker.is_on_trial && is_of(worker, listener);
}

bool Balancer::takes(const Worker& worker, ListenerId listener) const noexcept {
  if (worker.is_retired || !is_of(worker, listener)) return false;
  return !worker.is_on_trial || std::ranges::none_of(workers_, [&](const Worker& other) {
    return is_regular(other, listener);
  });
}

bool Balancer::is_refused_by_all(const Connection& connection) const noexcept {
  return std::ranges::none_of(workers_,
                              [&](const Worker& worker) { return may_take(worker, connection); });
}

// Of more than there are bits some have one together: whoever of them refuses does so for all.
std::uint64_t Balancer::free_mark() const noexcept {
  std::uint64_t taken = 0;
  for (const Worker& worker : workers_) taken |= worker.mark;
  const std::uint64_t first = ~taken & (taken + 1);
  return first != 0 ? first : std::uint64_t{1} << (workers_.size() % 64);
}

Balancer::Worker* Balancer::choose(const Connection& connection) noexcept {
  if (connection.only && serves(*connection.only, connection.listener)) {
    Worker* const only = find(*connection.only);
    return has_room(*only) ? only : nullptr;
  }
  if (balance_ == Balance::sticky) return choose_by_client(connection);
  if (balance_ == Balance::least) return choose_least(connection);
  return choose_in_turn(connection);
}

// Who has taken all that it was given comes before who has not, and that before who takes nothing.
Balancer::Worker* Balancer::choose_in_turn(const Connection& connection) noexcept {
  Worker* chosen = nullptr;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = workers_[(next_worker_ + i) % workers_.size()];
    if (!has_room(worker) || !may_take(worker, connection)) continue;
    const auto weight = [this](const Worker& w) { return std::pair{is_overtaken(w), w.in_flight}; };
    if (chosen == nullptr || weight(worker) < weight(*chosen)) chosen = &worker;
    if (chosen->in_flight == 0) break;
  }
  if (chosen != nullptr) {
    next_worker_ = static_cast<std::size_t>(chosen - workers_.data() + 1) % workers_.size();
  }
  return chosen;
}

Balancer::Worker* Balancer::choose_least(const Connection& connection) noexcept {
  Worker* chosen = nullptr;
  for (Worker& worker : workers_) {
    if (!has_room(worker) || !may_take(worker, connection)) continue;
    const auto weight = [this](const Worker& w) {
      return std::tuple{is_overtaken(w), w.in_flight, w.share};
    };
    if (chosen == nullptr || weight(worker) < weight(*chosen)) chosen = &worker;
  }
  return chosen;
}

// Rendezvous hashing: when a worker comes or goes, only its own clients move.
Balancer::Worker* Balancer::choose_by_client(const Connection& connection) noexcept {
  Worker* chosen = nullptr;
  std::uint64_t highest = 0;
  for (Worker& worker : workers_) {
    if (!may_take(worker, connection)) continue;
    const std::uint64_t weight = mix(connection.client ^ mix(worker.number + 1));
    if (chosen != nullptr && weight <= highest) continue;
    chosen = &worker;
    highest = weight;
  }
  return chosen != nullptr && has_room(*chosen) ? chosen : nullptr;
}

}  // namespace pmx
