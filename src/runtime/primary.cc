#include "runtime/primary.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "os/listener.h"
#include "os/local_socket.h"
#include "os/spawn_plan.h"
#include "runtime/preload.h"

namespace pmx::runtime {
namespace {

constexpr Duration kLookAgain{1'000};
// For what nobody asks for any more, although all workers are up.
constexpr Duration kUnused{10'000};

// Of one worker: the descriptors are ours.
constexpr std::size_t kMostListeners = 64;

// Keys of TLS tickets are a hundred bytes.
constexpr std::size_t kMostSharedData = 16 * 1024;

constexpr std::string_view kHandleTaken = R"({"cmd":"NODE_HANDLE_ACK"})";

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

std::expected<os::UniqueFd, os::OsError> open(const ListenRequest& request, bool reuses_port,
                                              const ProcessSettings& process) {
  if (const auto* const path = std::get_if<std::string>(&request.address)) {
    const os::FileUser user{process.user, process.group,
                            process.groups.value_or(std::vector<unsigned>{})};
    return os::listen_for_worker(*path, request.backlog, user);
  }
  const Endpoint& endpoint = std::get<Endpoint>(request.address);
  if (request.kind == ListenRequest::Kind::datagram) {
    return os::receive_at(endpoint, request.takes_v4, request.reuses_address);
  }
  return os::listen_at(endpoint, {.backlog = request.backlog,
                                  .takes_v4 = request.takes_v4,
                                  .falls_back = request.takes_v4,
                                  .never_blocks = true,
                                  .reuses_port = reuses_port});
}

}  // namespace

unsigned Primary::next_worker_id(const App& app) { return ++cluster_of(app).last_worker_id; }

Primary::Cluster& Primary::cluster_of(const App& app) {
  const auto known = std::ranges::find(clusters_, app.name, [](const auto& c) { return c->app; });
  if (known != clusters_.end()) return **known;
  clusters_.push_back(std::make_unique<Cluster>());
  clusters_.back()->app = app.name;
  return *clusters_.back();
}

void Primary::admit(InstanceId instance, ChannelEnd& end) {
  dismiss(instance);
  const App& app = *roster_[instance].app;
  Cluster& cluster = cluster_of(app);
  cluster.balancer.set_balance(app.cluster.balance);
  worker(instance) = {.end = &end, .cluster = &cluster, .uses = {}};
  begin(instance);
}

// A channel can carry one worker after the other: `sh -c "node a && node b"`.
void Primary::begin(InstanceId instance) {
  Worker& one = worker(instance);
  one.uses.clear();
  one.is_up = false;
  one.has_preload = false;
  one.cluster->balancer.admit(instance, roster_[instance].number);
  one.cluster->connections.resize(one.cluster->balancer.capacity());
  must_look_ = true;
}

void Primary::dismiss(InstanceId instance) noexcept {
  Worker& gone = worker(instance);
  if (gone.end == nullptr) return;
  gone.cluster->balancer.dismiss(instance);
  gone = {};
  must_look_ = true;
}

void Primary::retire(InstanceId instance) noexcept {
  Worker& one = worker(instance);
  if (one.end != nullptr) one.cluster->balancer.retire(instance);
}

bool Primary::hear_common(InstanceId instance, std::string_view message) noexcept {
  if (message == kHandleTaken) return true;
  const auto answer = read_common_answer(message);
  if (answer) take_answer(instance, *answer);
  return answer.has_value();
}

Primary::Heard Primary::hear(InstanceId instance, std::string_view object, Instant now) {
  Worker& from = worker(instance);
  if (object == kPreloadGreeting) from.has_preload = true;
  if (object == kPreloadDrained) return Heard::has_drained;
  const ClusterMessage message = read_cluster_message(object);
  switch (message.kind) {
    case ClusterMessage::Kind::other:
      return Heard::nothing;
    case ClusterMessage::Kind::online:
      begin(instance);
      return Heard::nothing;
    case ClusterMessage::Kind::listen_asked:
      answer_listen(instance, message, object);
      return Heard::nothing;
    case ClusterMessage::Kind::listening:
      from.is_up = true;
      return Heard::listens;
    case ClusterMessage::Kind::closed:
      cease(instance, message.listener, now);
      return Heard::nothing;
    case ClusterMessage::Kind::leaving: {
      std::array<char, 128> text;
      const std::size_t size = write_acknowledgement(message.sequence, text);
      from.cluster->balancer.retire(instance);
      static_cast<void>(from.end->send({text.data(), size}));
      return Heard::nothing;
    }
    case ClusterMessage::Kind::answered:
      take_answer(instance, message);
      return Heard::nothing;
    case ClusterMessage::Kind::refused:
      settle(*from.cluster, from.cluster->balancer.lost_first(instance));
      return Heard::nothing;
  }
  return Heard::nothing;
}

// In the way of round robin the worker gets no descriptor, and takes that as a promise of
// connections; with one it accepts by itself.
void Primary::answer_listen(InstanceId instance, const ClusterMessage& message,
                            std::string_view object) {
  Worker& from = worker(instance);
  ListenAnswer answer{.asked = message.sequence};
  const auto request = read_listen_request(object);
  const auto listener =
      request ? listener_for(instance, *request, object) : std::unexpected(request.error());
  int handle = -1;
  if (!listener) {
    answer.error_number = listener.error();
  } else {
    Listener& found = **listener;
    found.unused_since.reset();
    from.uses.push_back(found.id);
    if (std::exchange(from.is_idle, false)) static_cast<void>(from.end->send(kBusyMessage));
    answer.listener = found.id;
    answer.shared_data = found.shared_data;
    if (found.is_accepted_from) {
      if (found.bound) answer.bound = &*found.bound;
      from.cluster->balancer.join(instance, found.id);
      must_look_ = true;
    } else {
      const bool is_datagram = request->kind == ListenRequest::Kind::datagram;
      answer.handle = is_datagram ? ListenAnswer::Handle::datagram : ListenAnswer::Handle::stream;
      handle = found.fd.get();
    }
  }
  std::vector<char> text(kMostSharedData + 512);
  const std::string_view line{text.data(), write_listen_answer(answer, text)};
  static_cast<void>(handle < 0 ? from.end->send(line) : from.end->send(line, handle));
}

std::expected<Primary::Listener*, int> Primary::listener_for(InstanceId instance,
                                                             const ListenRequest& request,
                                                             std::string_view object) {
  Worker& from = worker(instance);
  const App& app = *roster_[instance].app;
  const Balance balance = app.cluster.balance;
  std::optional<unsigned> slot;
  const bool is_stream = request.kind == ListenRequest::Kind::stream;
  const bool is_local = std::holds_alternative<std::string>(request.address);
  if (balance == Balance::reuse_port && is_stream && !is_local) slot = roster_[instance].number;

  const auto known = std::ranges::find_if(from.cluster->listeners, [&](const Listener& listener) {
    return listener.slot == slot && listener.request.is_same_place(request);
  });
  if (known != from.cluster->listeners.end()) {
    // Twice by the same worker would be twice on one socket.
    const bool is_its_own = std::ranges::find(from.uses, known->id) != from.uses.end();
    if (is_its_own) return std::unexpected(EADDRINUSE);
    return &*known;
  }

  if (from.uses.size() == kMostListeners) return std::unexpected(EMFILE);
  Listener fresh{.request = request, .slot = slot};
  if (request.kind == ListenRequest::Kind::handed) {
    // Of its own table the worker speaks; ours is none of its business.
    const auto sockets = handed_.open_for(app);
    const auto index = static_cast<std::size_t>(request.descriptor - os::kFirstSocket);
    if (!sockets || index >= sockets->size()) return std::unexpected(EBADF);
    fresh.fd = os::UniqueFd(::fcntl((*sockets)[index], F_DUPFD_CLOEXEC, 0));
    if (!fresh.fd) return std::unexpected(errno);
  } else {
    auto opened = open(request, slot.has_value(), app.process);
    if (!opened) return std::unexpected(opened.error().number);
    fresh.fd = std::move(*opened);
    const bool we_accept = balance != Balance::shared && balance != Balance::reuse_port;
    fresh.is_accepted_from = is_stream && we_accept;
  }
  fresh.id = ListenerId{++last_listener_};
  fresh.bound = os::address_of(fresh.fd.get());
  const std::string_view data = shared_data_of(object);
  if (data.size() <= kMostSharedData) fresh.shared_data = data;
  fresh.has_more = fresh.is_accepted_from;
  from.cluster->listeners.push_back(std::move(fresh));
  return &from.cluster->listeners.back();
}

void Primary::cease(InstanceId instance, ListenerId listener, Instant now) noexcept {
  Worker& from = worker(instance);
  if (std::erase(from.uses, listener) == 0) return;
  from.cluster->balancer.leave(instance, listener);
  if (from.uses.empty() && from.has_preload) from.is_idle = from.end->send(kIdleMessage);
  const auto left = std::ranges::find(from.cluster->listeners, listener, &Listener::id);
  if (left == from.cluster->listeners.end() || is_used(*from.cluster, listener)) return;
  left->unused_since = now;
}

void Primary::take_answer(InstanceId instance, const ClusterMessage& message) noexcept {
  Cluster& cluster = *worker(instance).cluster;
  settle(cluster, cluster.balancer.answered(instance, message.sequence, message.is_accepted));
}

void Primary::settle(Cluster& cluster, const Balancer::Answered& answered) noexcept {
  using enum Balancer::Fate;
  if (answered.fate == unknown) return;
  must_look_ = true;
  if (answered.fate == waits) return;
  cluster.connections[static_cast<std::size_t>(answered.connection)].reset();
}

void Primary::pump(Instant now) noexcept {
  must_look_ = false;
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
    hand_over(*cluster);
    for (Listener& listener : cluster->listeners) {
      if (listener.is_accepted_from && listener.has_more) accept(*cluster, listener, now);
    }
  }
  close_unused(now);
}

void Primary::accept(Cluster& cluster, Listener& listener, Instant now) noexcept {
  while (listener.has_more && cluster.balancer.wants_more(listener.id)) {
    auto accepted = os::accept_connection(listener.fd.get());
    if (accepted) {
      const ConnectionId id = cluster.balancer.add(listener.id, hash_of(accepted->client));
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
    const std::size_t size = write_hand_over(*handed, text);
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
  cluster.balancer.close_listener(listener.id, [&cluster](ConnectionId id) {
    cluster.connections[static_cast<std::size_t>(id)].reset();
  });
}

void Primary::close_unused(Instant now) noexcept {
  for (const auto& cluster : clusters_) {
    std::erase_if(cluster->listeners, [&](Listener& listener) {
      if (!listener.unused_since || *listener.unused_since + kUnused > now) return false;
      listener.unused_since = now;
      if (!are_all_up(*cluster)) return false;
      close(*cluster, listener);
      return true;
    });
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

void Primary::keep_those_of_roster() noexcept {
  std::erase_if(clusters_, [this](const auto& cluster) {
    const bool is_wanted = std::ranges::any_of(roster_, [&cluster](const Place& place) {
      return !place.is_free && place.app->is_clustered && place.app->name == cluster->app;
    });
    if (is_wanted) return false;
    for (Worker& worker : workers_) {
      if (worker.cluster == cluster.get()) worker = {};
    }
    for (Listener& listener : cluster->listeners) close(*cluster, listener);
    return true;
  });
}

bool Primary::is_used(const Cluster& cluster, ListenerId listener) const noexcept {
  return std::ranges::any_of(workers_, [&](const Worker& one) {
    return one.cluster == &cluster && std::ranges::find(one.uses, listener) != one.uses.end();
  });
}

// And there is one.
bool Primary::are_all_up(const Cluster& cluster) const noexcept {
  bool is_any = false;
  for (const Worker& one : workers_) {
    if (one.cluster != &cluster) continue;
    if (!one.is_up) return false;
    is_any = true;
  }
  return is_any;
}

Primary::Load Primary::load_of(InstanceId instance) const noexcept {
  const Worker& one = worker(instance);
  if (one.cluster == nullptr) return {};
  return {one.cluster->balancer.handed_over(instance), one.cluster->balancer.in_flight(instance)};
}

}  // namespace pmx::runtime
