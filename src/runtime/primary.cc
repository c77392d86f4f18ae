#include "runtime/primary.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "os/listener.h"
#include "os/spawn_plan.h"
#include "runtime/app_user.h"
#include "runtime/preload.h"

namespace pmx::runtime {
namespace {

// Keys of TLS tickets are a hundred bytes.
constexpr std::size_t kMostSharedData = 16 * 1024;

std::string_view kept_data_of(std::string_view object) noexcept {
  const std::string_view data = shared_data_of(object);
  return data.size() <= kMostSharedData ? data : std::string_view{};
}

// Of our own control sockets.
constexpr std::string_view kOurNames = "@pmx-init.";

// Which of the app's sockets the descriptor is: another one where these have been changed.
std::string handed_address(const App& app, int descriptor) {
  const auto index = static_cast<std::size_t>(descriptor - os::kFirstSocket);
  const auto& sockets = app.process.sockets;
  return index < sockets.size() ? sockets[index].text : std::string();
}

// Of a socket with a file: null, it is another one.
const std::string* path_of(const ListenRequest& request) noexcept {
  const auto* const path = std::get_if<std::string>(&request.address);
  const bool is_file = request.kind == ListenRequest::Kind::stream && path != nullptr;
  return is_file && path->starts_with('/') ? path : nullptr;
}

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
  worker(instance) = {.end = &end, .cluster = &cluster};
  begin(instance);
}

// A channel can carry one worker after the other: `sh -c "node a && node b"`.
void Primary::begin(InstanceId instance) {
  Worker& one = worker(instance);
  one.has_preload = false;
  one.must_wait = false;
  one.cluster->table.admit(instance);
  const Place& place = roster_[instance];
  one.cluster->balancer.admit(instance, place.number, place.app->cluster.balance);
  one.cluster->connections.resize(one.cluster->balancer.capacity());
  drop_closed(*one.cluster);
  if (one.must_end) take_no_more(instance);
  must_look_ = true;
}

void Primary::dismiss(InstanceId instance) noexcept {
  Worker& gone = worker(instance);
  if (gone.end == nullptr) return;
  Cluster& cluster = *gone.cluster;
  cluster.table.dismiss(instance);
  cluster.balancer.dismiss(instance);
  drop_closed(cluster);
  gone = {};
  must_look_ = true;
}

void Primary::drop_closed(Cluster& cluster) noexcept {
  cluster.balancer.close_listener(Balancer::kClosed, [&cluster](ConnectionId id) {
    cluster.connections[static_cast<std::size_t>(id)].reset();
  });
}

void Primary::retire(InstanceId instance) noexcept {
  Worker& one = worker(instance);
  if (one.end == nullptr) return;
  one.must_end = true;
  take_no_more(instance);
}

void Primary::take_no_more(InstanceId instance) noexcept {
  Worker& one = worker(instance);
  one.cluster->table.retire(instance);
  one.cluster->balancer.retire(instance);
  one.must_wait = true;
  must_look_ = true;
}

void Primary::let_end(InstanceId instance) noexcept {
  if (std::exchange(worker(instance).must_wait, false)) tell_if_idle(instance);
}

// Its channel keeps a worker running until then: what its app does when it is asked to stop is
// done, though its last connection has gone before.
void Primary::tell_if_idle(InstanceId instance) noexcept {
  Worker& one = worker(instance);
  if (one.must_wait || !one.has_preload || one.cluster->table.uses_any(instance)) return;
  one.is_idle = one.end->send(kIdleMessage);
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
      from.cluster->table.mark_up(instance);
      return Heard::listens;
    case ClusterMessage::Kind::closed:
      cease(instance, message.listener);
      return Heard::nothing;
    case ClusterMessage::Kind::leaving: {
      std::array<char, 128> text;
      const std::size_t size = write_acknowledgement(message.sequence, text);
      take_no_more(instance);
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
  const Place& place = roster_[instance];
  Sharing sharing;
  auto request = read_listen_request(object);
  if (request) sharing = sharing_of(*request, place.app->cluster.balance, place.number);
  const bool is_handed = request && request->kind == ListenRequest::Kind::handed;
  if (is_handed) request->address = handed_address(*place.app, request->descriptor);
  const auto found =
      request ? socket_for(instance, *request, sharing) : std::unexpected(request.error());
  int handle = -1;
  // A server of TLS takes its keys from the answer before it looks whether that is an error.
  answer.shared_data = kept_data_of(object);
  if (!found) {
    answer.error_number = found.error();
  } else {
    const Socket& socket = **found;
    from.cluster->table.share(socket.id, answer.shared_data);
    const ListenerTable::Listener& listener = from.cluster->table[socket.id];
    using enum ListenerTable::Way;
    const auto way = sharing.is_accepted_from ? by_hand : by_descriptor;
    from.cluster->table.use(instance, socket.id, way);
    if (std::exchange(from.is_idle, false)) static_cast<void>(from.end->send(kBusyMessage));
    answer.listener = socket.id;
    answer.shared_data = listener.shared_data;
    from.cluster->balancer.join(instance, socket.group);
    must_look_ = true;
    if (way == by_hand) {
      if (listener.bound) answer.bound = &*listener.bound;
    } else {
      const bool is_datagram = request->kind == ListenRequest::Kind::datagram;
      answer.handle = is_datagram ? ListenAnswer::Handle::datagram : ListenAnswer::Handle::stream;
      handle = socket.fd.get();
    }
  }
  std::vector<char> text(kMostSharedData + 512);
  const std::string_view line{text.data(), write_listen_answer(answer, text)};
  static_cast<void>(handle < 0 ? from.end->send(line) : from.end->send(line, handle));
}

std::expected<Primary::Socket*, int> Primary::socket_for(InstanceId instance,
                                                         const ListenRequest& request,
                                                         const Sharing& sharing) {
  Cluster& cluster = *worker(instance).cluster;
  const App& app = *roster_[instance].app;
  lose_those_removed(cluster, app, request);
  const auto known = cluster.table.find(instance, request, sharing.slot);
  if (!known) return std::unexpected(known.error());
  if (*known != nullptr) {
    const auto socket = std::ranges::find(cluster.sockets, (*known)->id, &Socket::id);
    const bool is_converted = (*known)->slot.has_value() != sharing.slot.has_value();
    if (!is_converted || !sharing.slot || os::let_others_listen(socket->fd.get())) {
      if (is_converted) cluster.table.convert(socket->id, sharing.slot);
      return &*socket;
    }
  }

  auto where = cluster.table.place_for(request, sharing.slot);
  if (!where && close_unused_at(cluster, request)) {
    where = cluster.table.place_for(request, sharing.slot);
  }
  if (!where) return std::unexpected(where.error());
  auto opened = open(app, *where, sharing.slot.has_value());
  if (!opened && opened.error() == EADDRINUSE && close_unused_at(cluster, request)) {
    opened = open(app, *where, sharing.slot.has_value());
  }
  if (!opened) return std::unexpected(opened.error());
  auto& listener = cluster.table.add(ListenerId{++last_listener_}, request, sharing.slot);
  listener.bound = os::address_of(opened->get());
  cluster.sockets.push_back({.id = listener.id, .group = listener.group, .fd = std::move(*opened)});
  if (const std::string* const path = path_of(request)) {
    if (const auto made = os::file_at(*path, user_of(app.process))) {
      cluster.sockets.back().file = {*made, *path, roster_[instance].app};
    }
  }
  return &cluster.sockets.back();
}

// Many apps remove the file of their socket before they listen, lest it is in their way.
void Primary::lose_those_removed(Cluster& cluster, const App& app, const ListenRequest& request) {
  for (const Socket& socket : cluster.sockets) {
    const ListenRequest& own = cluster.table[socket.id].request;
    if (!socket.file || !own.is_same_place(request)) continue;
    const auto there = os::file_at(*path_of(own), user_of(app.process));
    const bool is_there = there ? *there == socket.file->id : there.error().number != ENOENT;
    if (!is_there) cluster.table.lose(socket.id);
  }
}

// From before its app asked for another address with the same port, or for many ports.
bool Primary::close_unused_at(Cluster& cluster, const ListenRequest& request) noexcept {
  const auto* const endpoint = std::get_if<Endpoint>(&request.address);
  if (endpoint == nullptr) return false;
  bool any = false;
  while (const auto unused = cluster.table.take_unused_at(endpoint->port)) {
    close(cluster, *unused);
    any = true;
  }
  return any;
}

void Primary::accept_from(Socket& socket, bool is_wanted) noexcept {
  socket.is_accepted_from = is_wanted;
  socket.has_more = is_wanted;
  if (!is_wanted) watch(socket, false, {});
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
    opened =
        os::listen_for_worker(*path, request.backlog, request.rights_of_all, user_of(app.process));
  } else if (request.kind == ListenRequest::Kind::datagram) {
    opened = os::receive_at(std::get<Endpoint>(request.address), request.takes_v4,
                            request.reuses_address);
  } else {
    // Only the sockets of one user share a port so.
    os::FileUser owner;
    if (reuses_port) owner.user = app.process.user;
    const os::ActingAs them(owner);
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
  ListenerTable& table = from.cluster->table;
  if (!table.leave(instance, listener)) return;
  must_look_ = true;
  tell_if_idle(instance);
  const ListenerId group = table[listener].group;
  if (!table.uses(instance, table.own(instance, group))) {
    from.cluster->balancer.leave(instance, group);
  }
  const bool goes_on = !table.is_retired(instance);
  if (goes_on && table.take_passing(listener)) close(*from.cluster, listener);
}

void Primary::take_answer(InstanceId instance, const ClusterMessage& message) noexcept {
  Cluster& cluster = *worker(instance).cluster;
  settle(cluster, cluster.balancer.answered(instance, message.sequence, message.is_accepted));
}

void Primary::close_listeners(std::string_view app) noexcept {
  for (const auto& cluster : clusters_) {
    if (cluster->app != app) continue;
    while (const auto unserved = cluster->table.take_unserved()) close(*cluster, *unserved);
  }
}

void Primary::keep_those_of_roster() noexcept {
  must_look_ = must_look_ || !clusters_.empty();
  std::erase_if(clusters_, [this](const auto& cluster) {
    const bool is_wanted = std::ranges::any_of(roster_, [&cluster](const Place& place) {
      return !place.is_free && place.app->is_clustered && place.app->name == cluster->app;
    });
    if (is_wanted) return false;
    for (Worker& worker : workers_) {
      if (worker.cluster == cluster.get()) worker = {};
    }
    for (Socket& socket : cluster->sockets) close(socket);
    return true;
  });
}

Primary::Load Primary::load_of(InstanceId instance) const noexcept {
  const Worker& one = worker(instance);
  if (one.cluster == nullptr) return {};
  return {one.cluster->balancer.handed_over(instance), one.cluster->balancer.in_flight(instance)};
}

}  // namespace pmx::runtime
