#include "runtime/primary.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "os/listener.h"
#include "os/local_socket.h"
#include "os/spawn_plan.h"
#include "runtime/app_user.h"
#include "runtime/preload.h"

namespace pmx::runtime {
namespace {

// Of one worker: the descriptors are ours.
constexpr std::size_t kMostListeners = 64;

// Keys of TLS tickets are a hundred bytes.
constexpr std::size_t kMostSharedData = 16 * 1024;

// Of our own control sockets.
constexpr std::string_view kOurNames = "@pmx-init.";

constexpr std::string_view kHandleTaken = R"({"cmd":"NODE_HANDLE_ACK"})";

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
  if (one.end == nullptr) return;
  one.cluster->balancer.retire(instance);
  must_look_ = true;
}

bool Primary::hear_common(InstanceId instance, std::string_view message) noexcept {
  if (message == kHandleTaken) return true;
  const auto answer = read_common_answer(message);
  if (answer) take_answer(instance, *answer);
  return answer.has_value();
}

Primary::Heard Primary::hear(InstanceId instance, std::string_view object) {
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
      cease(instance, message.listener);
      return Heard::nothing;
    case ClusterMessage::Kind::leaving: {
      std::array<char, 128> text;
      const std::size_t size = write_acknowledgement(message.sequence, text);
      retire(instance);
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
    from.uses.push_back(found.id);
    if (std::exchange(from.is_idle, false)) static_cast<void>(from.end->send(kBusyMessage));
    answer.listener = found.id;
    answer.shared_data = found.shared_data;
    from.cluster->balancer.join(instance, found.group);
    must_look_ = true;
    if (found.is_ours) {
      if (found.bound) answer.bound = &*found.bound;
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

  const bool we_accept = balance != Balance::shared && balance != Balance::reuse_port;
  if (Listener* const known = adopt_listener(*from.cluster, request, slot)) {
    // Twice by the same worker would be twice on one socket.
    const bool is_its_own = std::ranges::find(from.uses, known->id) != from.uses.end();
    if (is_its_own) return std::unexpected(EADDRINUSE);
    be_ours(*known, is_stream && we_accept);
    return known;
  }

  if (from.uses.size() == kMostListeners) return std::unexpected(EMFILE);
  const ListenerId id{++last_listener_};
  Listener fresh{.id = id, .group = id, .request = request, .slot = slot};
  ListenRequest place = request;
  if (slot) join_group(*from.cluster, fresh, place);
  auto opened = open(app, place, slot.has_value());
  if (!opened) return std::unexpected(opened.error());
  fresh.fd = std::move(*opened);
  fresh.bound = os::address_of(fresh.fd.get());
  be_ours(fresh, is_stream && we_accept);
  const std::string_view data = shared_data_of(object);
  if (data.size() <= kMostSharedData) fresh.shared_data = data;
  if (slot && fresh.group == id) from.cluster->groups.push_back(Group{.id = id});
  from.cluster->listeners.push_back(std::move(fresh));
  return &from.cluster->listeners.back();
}

void Primary::be_ours(Listener& listener, bool is_ours) noexcept {
  if (listener.is_ours == is_ours) return;
  listener.is_ours = is_ours;
  listener.is_accepted_from = is_ours;
  listener.has_more = is_ours;
  if (!is_ours) watch(listener, false, {});
}

std::expected<os::UniqueFd, int> Primary::open(const App& app, const ListenRequest& request,
                                               bool reuses_port) {
  if (request.kind == ListenRequest::Kind::handed) {
    // Of its own table the worker speaks; ours is none of its business.
    const auto sockets = handed_.open_for(app);
    const auto index = static_cast<std::size_t>(request.descriptor - os::kFirstSocket);
    if (!sockets || index >= sockets->size()) return std::unexpected(EBADF);
    os::UniqueFd copy(::fcntl((*sockets)[index], F_DUPFD_CLOEXEC, 0));
    if (!copy) return std::unexpected(errno);
    // As Node does with a descriptor that is its own: libuv 1.44 would hang in the second accept().
    static_cast<void>(::fcntl(copy.get(), F_SETFL, O_RDWR | O_NONBLOCK));
    return copy;
  }
  std::expected<os::UniqueFd, os::OsError> opened;
  if (const auto* const path = std::get_if<std::string>(&request.address)) {
    // Commands of people go there, and are answered by who is asked.
    if (path->starts_with(kOurNames)) return std::unexpected(EACCES);
    opened = os::listen_for_worker(*path, request.backlog, user_of(app.process));
  } else if (request.kind == ListenRequest::Kind::datagram) {
    opened = os::receive_at(std::get<Endpoint>(request.address), request.takes_v4,
                            request.reuses_address);
  } else {
    opened = os::listen_at(std::get<Endpoint>(request.address), {.backlog = request.backlog,
                                                                 .takes_v4 = request.takes_v4,
                                                                 .falls_back = request.takes_v4,
                                                                 .never_blocks = true,
                                                                 .reuses_port = reuses_port});
  }
  if (!opened) return std::unexpected(opened.error().number);
  return std::move(*opened);
}

void Primary::cease(InstanceId instance, ListenerId listener) noexcept {
  Worker& from = worker(instance);
  if (std::erase(from.uses, listener) == 0) return;
  must_look_ = true;
  if (from.uses.empty() && from.has_preload) from.is_idle = from.end->send(kIdleMessage);
  const auto left = std::ranges::find(from.cluster->listeners, listener, &Listener::id);
  if (left == from.cluster->listeners.end()) return;
  from.cluster->balancer.leave(instance, left->group);
}

void Primary::take_answer(InstanceId instance, const ClusterMessage& message) noexcept {
  Cluster& cluster = *worker(instance).cluster;
  settle(cluster, cluster.balancer.answered(instance, message.sequence, message.is_accepted));
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
