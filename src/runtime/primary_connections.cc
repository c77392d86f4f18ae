// What connects, and who gets it.
#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "os/listener.h"
#include "runtime/primary.h"

namespace pmx::runtime {
namespace {

constexpr Duration kLookAgain{1'000};
// For what nobody asks for any more, although all workers are up.
constexpr Duration kUnused{10'000};

// accept(2): it ended before it was taken, or a firewall forbids it.
bool is_of_one_connection(int error) noexcept {
  constexpr std::array kErrors{ECONNABORTED, EINTR,     EPERM,        EPROTO,      ENETDOWN,
                               ENOPROTOOPT,  EHOSTDOWN, EHOSTUNREACH, ENETUNREACH, EOPNOTSUPP};
  return std::ranges::find(kErrors, error) != kErrors.end();
}

std::uint64_t hash_of(const std::optional<Endpoint>& client) noexcept {
  if (!client) return 0;
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const std::uint8_t byte : client->address) hash = (hash ^ byte) * 1099511628211U;
  return hash;
}

}  // namespace

void Primary::pump(Instant now) noexcept {
  const bool has_changed = std::exchange(must_look_, false);
  if (look_again_at_ && *look_again_at_ <= now) look_again_at_.reset();
  poller_.each(os::Token::Kind::cluster_listener, [this](os::Token token) {
    for (const auto& cluster : clusters_) {
      const auto ready =
          std::ranges::find(cluster->listeners, ListenerId{token.generation}, &Listener::id);
      if (ready != cluster->listeners.end()) ready->has_more = true;
    }
  });
  for (unsigned i = 0; i < workers_.size(); ++i) {
    if (workers_[i].end == nullptr) continue;
    workers_[i].cluster->balancer.set_blocked(InstanceId{i}, workers_[i].end->has_unsent());
  }
  for (const auto& cluster : clusters_) {
    if (has_changed) {
      note_unused(*cluster, now);
      steer(*cluster);
    }
    hand_over(*cluster);
    for (Listener& listener : cluster->listeners) {
      if (listener.is_accepted_from && listener.has_more) accept(*cluster, listener, now);
    }
  }
  close_unused(now);
}

void Primary::accept(Cluster& cluster, Listener& listener, Instant now) noexcept {
  const bool is_sticky = cluster.balancer.balance() == Balance::sticky;
  while (listener.has_more && cluster.balancer.wants_more(listener.group)) {
    auto accepted = os::accept_connection(listener.fd.get());
    if (accepted) {
      const std::uint64_t client = hash_of(accepted->client);
      if (is_sticky && cluster.clients.count(client)) one_sided_ = cluster.app;
      const auto only = asked_by_us(cluster, accepted->client);
      // Closed at once: it does not answer.
      if (only && !cluster.balancer.can_take(*only, listener.group)) continue;
      const ConnectionId id = cluster.balancer.add(listener.group, client, only);
      cluster.connections[static_cast<std::size_t>(id)] = std::move(accepted->fd);
      hand_over(cluster);
      continue;
    }
    const int error = accepted.error().number;
    if (is_of_one_connection(error)) continue;
    listener.has_more = error != EAGAIN;
    if (listener.has_more) look_again_at_ = now + kLookAgain;
    break;
  }
  watch(listener, !listener.has_more, now);
}

void Primary::hand_over(Cluster& cluster) noexcept {
  while (const auto handed = cluster.balancer.next()) {
    ChannelEnd& end = *worker(handed->worker).end;
    const int connection = cluster.connections[static_cast<std::size_t>(handed->connection)].get();
    std::array<char, 256> text;
    HandOver own = *handed;
    own.listener = own_listener(*handed);
    const std::size_t size = write_hand_over(own, text);
    const bool is_sent = end.send({text.data(), size}, connection);
    if (!is_sent) cluster.balancer.take_back(*handed);
    if (!is_sent || end.has_unsent()) cluster.balancer.set_blocked(handed->worker, true);
  }
}

// While nobody can take a connection, the kernel's backlog holds it.
void Primary::watch(Listener& listener, bool wanted, Instant now) noexcept {
  if (listener.is_watched == wanted) return;
  if (!wanted) {
    poller_.unwatch(listener.fd.get());
    listener.is_watched = false;
    return;
  }
  const os::Token token{os::Token::Kind::cluster_listener, 0, static_cast<unsigned>(listener.id)};
  const auto watched = poller_.watch(listener.fd.get(), os::Interest::readable, token);
  listener.is_watched = watched.has_value();
  if (watched) return;
  listener.has_more = true;
  look_again_at_ = now + kLookAgain;
}

void Primary::close(Cluster& cluster, Listener& listener) noexcept {
  if (listener.is_watched) poller_.unwatch(listener.fd.get());
  leave_group(cluster, listener);
  if (std::ranges::count(cluster.listeners, listener.group, &Listener::group) > 1) return;
  cluster.balancer.close_listener(listener.group, [&cluster](ConnectionId id) {
    cluster.connections[static_cast<std::size_t>(id)].reset();
  });
  std::erase_if(cluster.groups, [&](const Group& group) { return group.id == listener.group; });
}

// Whoever used it has closed it, or has ended without a word.
void Primary::note_unused(Cluster& cluster, Instant now) noexcept {
  for (Listener& listener : cluster.listeners) {
    if (is_used(cluster, listener.id)) {
      listener.unused_since.reset();
    } else if (!listener.unused_since) {
      listener.unused_since = now;
    }
  }
}

void Primary::close_unused(Instant now) noexcept {
  for (const auto& cluster : clusters_) {
    for (std::size_t i = cluster->listeners.size(); i-- > 0;) {
      Listener& listener = cluster->listeners[i];
      if (!listener.unused_since || *listener.unused_since + kUnused > now) continue;
      listener.unused_since = now;
      if (!are_all_up(*cluster)) continue;
      close(*cluster, listener);
      cluster->listeners.erase(cluster->listeners.begin() + static_cast<std::ptrdiff_t>(i));
      must_look_ = true;
    }
  }
}

std::optional<Instant> Primary::deadline() const noexcept {
  std::optional<Instant> earliest = look_again_at_;
  for (const auto& cluster : clusters_) {
    for (const Listener& listener : cluster->listeners) {
      if (!listener.unused_since) continue;
      const Instant due = *listener.unused_since + kUnused;
      if (!earliest || due < *earliest) earliest = due;
    }
  }
  return earliest;
}

void Primary::settle(Cluster& cluster, const Balancer::Answered& answered) noexcept {
  using enum Balancer::Fate;
  if (answered.fate == unknown) return;
  must_look_ = true;
  if (answered.fate == waits) return;
  cluster.connections[static_cast<std::size_t>(answered.connection)].reset();
}

// One of our own that asks a worker how it is.
std::optional<InstanceId> Primary::asked_by_us(
    const Cluster& cluster, const std::optional<Endpoint>& client) const noexcept {
  if (!client) return std::nullopt;
  const auto asked = prober_.asked_from(*client);
  return asked && worker(*asked).cluster == &cluster ? asked : std::nullopt;
}

bool Primary::is_missing_at(InstanceId instance, std::uint16_t port) const noexcept {
  const Worker& one = worker(instance);
  if (one.cluster == nullptr) return false;
  bool is_shared = false;
  for (const Listener& listener : one.cluster->listeners) {
    if (!listener.bound || listener.bound->port != port) continue;
    if (std::ranges::find(one.uses, listener.id) != one.uses.end()) return false;
    is_shared = true;
  }
  return is_shared;
}

// The worker's own socket, where each has one.
ListenerId Primary::own_listener(const HandOver& handed) const noexcept {
  const Worker& one = worker(handed.worker);
  const auto has = [&one](ListenerId id) {
    return std::ranges::find(one.uses, id) != one.uses.end();
  };
  if (has(handed.listener)) return handed.listener;
  for (const Listener& listener : one.cluster->listeners) {
    if (listener.group == handed.listener && has(listener.id)) return listener.id;
  }
  return handed.listener;
}

// The socket for the place. One that is there from before `balance` was changed is taken over.
Primary::Listener* Primary::adopt_listener(Cluster& cluster, const ListenRequest& request,
                                           std::optional<unsigned> slot) noexcept {
  Listener* other_kind = nullptr;
  for (Listener& listener : cluster.listeners) {
    if (!listener.request.is_same_place(request)) continue;
    if (listener.slot == slot) return &listener;
    if (listener.slot.has_value() != slot.has_value()) other_kind = &listener;
  }
  if (other_kind == nullptr || (slot && !os::let_others_listen(other_kind->fd.get()))) {
    return nullptr;
  }
  other_kind->slot = slot;
  const auto known = std::ranges::find(cluster.groups, other_kind->group, &Group::id);
  if (known == cluster.groups.end()) cluster.groups.push_back(Group{.id = other_kind->group});
  return other_kind;
}

// The n-th `listen(0)` of each worker is at one port.
void Primary::join_group(const Cluster& cluster, Listener& fresh, ListenRequest& place) {
  for (const Listener& other : cluster.listeners) {
    if (!other.slot || !other.request.is_same_place(fresh.request)) continue;
    fresh.group = other.group;
    ++fresh.order;
    if (other.bound) std::get<Endpoint>(place.address).port = other.bound->port;
  }
}

// In the kernel, the last one takes the place of one that is closed.
void Primary::leave_group(Cluster& cluster, const Listener& gone) noexcept {
  Listener* last = nullptr;
  for (Listener& other : cluster.listeners) {
    if (other.group != gone.group) continue;
    if (last == nullptr || other.order > last->order) last = &other;
  }
  last->order = gone.order;
}

// Where some of a group's sockets have a worker that takes connections, the others get no more, and
// what waits there already is for us to accept.
void Primary::steer(Cluster& cluster) noexcept {
  for (Group& group : cluster.groups) {
    std::vector<unsigned> served;
    std::size_t sockets = 0;
    int any = -1;
    for (const Listener& listener : cluster.listeners) {
      if (listener.group != group.id) continue;
      any = listener.fd.get();
      ++sockets;
      if (is_served(cluster, listener.id)) served.push_back(listener.order);
    }
    for (Listener& listener : cluster.listeners) {
      if (listener.group != group.id) continue;
      const bool is_by_us =
          listener.is_ours || (!served.empty() && !is_served(cluster, listener.id));
      if (is_by_us == listener.is_accepted_from) continue;
      listener.is_accepted_from = is_by_us;
      listener.has_more = is_by_us;
      if (!is_by_us) watch(listener, false, {});
    }
    if (served.size() == sockets) served.clear();
    if (served == group.offered) continue;
    // Where the kernel does not know how, it is we who hand over what comes to the others.
    static_cast<void>(os::offer_to(any, served));
    group.offered = std::move(served);
  }
}

bool Primary::is_served(const Cluster& cluster, ListenerId listener) const noexcept {
  for (unsigned i = 0; i < workers_.size(); ++i) {
    const Worker& one = workers_[i];
    if (one.cluster != &cluster || cluster.balancer.is_retired(InstanceId{i})) continue;
    if (std::ranges::find(one.uses, listener) != one.uses.end()) return true;
  }
  return false;
}

}  // namespace pmx::runtime
