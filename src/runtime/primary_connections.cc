// What connects, and who gets it.
#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "os/listener.h"
#include "os/scheduling.h"
#include "runtime/app_user.h"
#include "runtime/primary.h"

namespace pmx::runtime {
namespace {

constexpr Duration kAcceptAgain{1'000};

// accept(2): it ended before it was taken, or a firewall forbids it.
bool is_of_one_connection(int error) noexcept {
  constexpr std::array kErrors{ECONNABORTED, EINTR,     EPERM,        EPROTO,      ENETDOWN,
                               ENOPROTOOPT,  EHOSTDOWN, EHOSTUNREACH, ENETUNREACH, EOPNOTSUPP};
  return std::ranges::find(kErrors, error) != kErrors.end();
}

// The same for one client at whatever socket it comes to.
std::uint64_t hash_of(const Endpoint& client) noexcept {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  const Endpoint own = unmapped(client);
  for (const std::uint8_t byte : own.address) hash = (hash ^ byte) * 1099511628211U;
  return hash;
}

}  // namespace

void Primary::pump(Instant now) noexcept {
  const bool has_changed = std::exchange(must_look_, false);
  if (look_again_at_ && *look_again_at_ <= now) look_again_at_.reset();
  poller_.each(os::Token::Kind::cluster_listener, [this](os::Token token) {
    for (const auto& cluster : clusters_) {
      const auto ready =
          std::ranges::find(cluster->sockets, ListenerId{token.generation}, &Socket::id);
      if (ready != cluster->sockets.end()) ready->has_more = true;
    }
  });
  for (unsigned i = 0; i < workers_.size(); ++i) {
    if (workers_[i].end == nullptr) continue;
    const InstanceId id{i};
    Balancer& balancer = workers_[i].cluster->balancer;
    balancer.set_blocked(id, workers_[i].end->has_unsent());
    if (has_changed) balancer.set_on_trial(id, roster_[id].is_passing);
  }
  for (const auto& cluster : clusters_) {
    if (has_changed) {
      cluster->table.note_unused(now);
      steer(*cluster);
    }
    hand_over(*cluster);
    for (Socket& socket : cluster->sockets) {
      if (socket.is_accepted_from && socket.has_more) accept(*cluster, socket, now);
    }
  }
  close_unused(now);
  os::schedule_as_batch(rate_.is_high());
}

void Primary::accept(Cluster& cluster, Socket& socket, Instant now) noexcept {
  const bool is_sticky = cluster.balancer.balance() == Balance::sticky;
  while (socket.has_more && cluster.balancer.wants_more(socket.group)) {
    auto accepted = os::accept_connection(socket.fd.get());
    if (accepted) {
      rate_.count(now);
      const auto only = asked_by_us(cluster, accepted->client);
      // Closed at once: another one's answer would not be its.
      if (only && !cluster.balancer.serves(*only, socket.group)) continue;
      const bool is_known = accepted->client.has_value();
      const std::uint64_t client = is_known ? hash_of(*accepted->client) : ++nameless_;
      const bool is_counted = is_sticky && is_known && !only;
      if (is_counted && cluster.clients.count(client)) one_sided_ = cluster.app;
      const ConnectionId id = cluster.balancer.add(socket.group, client, only);
      cluster.connections[static_cast<std::size_t>(id)] = std::move(accepted->fd);
      hand_over(cluster);
      continue;
    }
    const int error = accepted.error().number;
    if (is_of_one_connection(error)) continue;
    socket.has_more = error != EAGAIN;
    if (socket.has_more) look_again_at_ = now + kAcceptAgain;
    break;
  }
  watch(socket, !socket.has_more, now);
}

void Primary::hand_over(Cluster& cluster) noexcept {
  while (const auto handed = cluster.balancer.next()) {
    ChannelEnd& end = *worker(handed->worker).end;
    const int connection = cluster.connections[static_cast<std::size_t>(handed->connection)].get();
    std::array<char, 256> text;
    HandOver own = *handed;
    own.listener = cluster.table.own(handed->worker, handed->listener);
    const std::size_t size = write_hand_over(own, text);
    const bool is_sent = end.send({text.data(), size}, connection);
    if (!is_sent) cluster.balancer.take_back(*handed);
    if (!is_sent || end.has_unsent()) cluster.balancer.set_blocked(handed->worker, true);
  }
}

// While nobody can take a connection, the kernel's backlog holds it.
void Primary::watch(Socket& socket, bool wanted, Instant now) noexcept {
  if (socket.is_watched == wanted) return;
  if (!wanted) {
    poller_.unwatch(socket.fd.get());
    socket.is_watched = false;
    return;
  }
  const os::Token token{os::Token::Kind::cluster_listener, 0, static_cast<unsigned>(socket.id)};
  const auto watched = poller_.watch(socket.fd.get(), os::Interest::readable, token);
  socket.is_watched = watched.has_value();
  if (watched) return;
  socket.has_more = true;
  look_again_at_ = now + kAcceptAgain;
}

void Primary::close(Cluster& cluster, ListenerId listener) noexcept {
  const auto gone = std::ranges::find(cluster.sockets, listener, &Socket::id);
  const ListenerId group = gone->group;
  close(*gone);
  cluster.sockets.erase(gone);
  if (std::ranges::find(cluster.sockets, group, &Socket::group) != cluster.sockets.end()) return;
  cluster.balancer.close_listener(group, [&cluster](ConnectionId id) {
    cluster.connections[static_cast<std::size_t>(id)].reset();
  });
}

// Without its file, which would be in the way of another program.
void Primary::close(Socket& socket) noexcept {
  watch(socket, false, {});
  if (socket.file) {
    os::remove_file(socket.file->path, socket.file->id, user_of(socket.file->app->process));
  }
  socket.fd.reset();
}

void Primary::close_unused(Instant now) noexcept {
  for (const auto& cluster : clusters_) {
    while (const auto unused = cluster->table.take_unused(now)) {
      close(*cluster, *unused);
      must_look_ = true;
    }
  }
}

std::optional<Instant> Primary::deadline() const noexcept {
  std::optional<Instant> earliest = look_again_at_;
  for (const auto& cluster : clusters_) {
    earliest = earlier(earliest, cluster->table.deadline());
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
  return one.cluster != nullptr && one.cluster->table.is_missing_at(instance, port);
}

void Primary::steer(Cluster& cluster) noexcept {
  for (Socket& socket : cluster.sockets) {
    const bool is_by_us = cluster.table.is_for_primary(socket.id);
    if (is_by_us != socket.is_accepted_from) accept_from(socket, is_by_us);
  }
  cluster.table.steer([&](ListenerId any, std::span<const unsigned> offered) {
    const auto socket = std::ranges::find(cluster.sockets, any, &Socket::id);
    // Where the kernel does not know how, it is we who hand over what comes to the others.
    static_cast<void>(os::offer_to(socket->fd.get(), offered));
  });
}

}  // namespace pmx::runtime
