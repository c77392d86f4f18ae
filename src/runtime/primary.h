// The primary of Node clusters: it listens in place of the workers, and hands over to them what
// connects. What is said is in codec/cluster_message.h, who gets what in core/balancer.h, who
// listens where in core/listener_table.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "codec/cluster_message.h"
#include "core/balancer.h"
#include "core/client_census.h"
#include "core/connection_rate.h"
#include "core/listen_request.h"
#include "core/listener_table.h"
#include "core/roster.h"
#include "os/local_socket.h"
#include "os/poller.h"
#include "os/unique_fd.h"
#include "runtime/channel_end.h"
#include "runtime/listeners.h"
#include "runtime/prober.h"

namespace pmx::runtime {

// A worker is an instance of a clustered app that has a process. Whatever one says harms no other.
class Primary {
 public:
  // All of them must outlive it.
  Primary(const Roster& roster, os::Poller& poller, Listeners& handed, const Prober& prober)
      : roster_(roster),
        poller_(poller),
        handed_(handed),
        prober_(prober),
        workers_(roster.size()) {}

  void make_room(std::size_t instances) { workers_.resize(instances); }

  // What the app's next worker finds as cluster.worker.id: from 1 on, none twice.
  [[nodiscard]] unsigned next_worker_id(const App& app);
  // It has a process, at the other end of this, which must be there until dismiss(). Allocates.
  void admit(InstanceId instance, ChannelEnd& end);
  // It has none any more, or has closed its end: what it did not take is for others.
  void dismiss(InstanceId instance) noexcept;
  [[nodiscard]] bool has_preload(InstanceId instance) const noexcept {
    return worker(instance).has_preload;
  }
  // It gets no more connections. With none left it waits to be asked to stop.
  void retire(InstanceId instance) noexcept;
  // It has been asked to stop: it may end by itself when it has nothing left to do.
  void let_end(InstanceId instance) noexcept;
  [[nodiscard]] bool is_worker(InstanceId instance) const noexcept {
    return worker(instance).end != nullptr;
  }

  // The port is one of its cluster's, and the worker does not listen there.
  [[nodiscard]] bool is_missing_at(InstanceId instance, std::uint16_t port) const noexcept;

  // What a worker says, if it is what it says most: false, it is something else.
  [[nodiscard]] bool hear_common(InstanceId instance, std::string_view message) noexcept;
  // Any internal message, and what it means to others.
  enum class Heard : unsigned char { nothing, listens, has_drained };
  [[nodiscard]] Heard hear(InstanceId instance, std::string_view object);

  // Whether pump() would do anything now.
  [[nodiscard]] bool has_work() const noexcept {
    return must_look_ || poller_.has(os::Token::Kind::cluster_listener) || deadline();
  }
  // It is to be done before anybody sleeps.
  [[nodiscard]] bool is_in_haste() const noexcept { return must_look_; }
  // A worker's channel may have room again.
  void look_again() noexcept { must_look_ = true; }
  // Accepts as many connections as workers can take, and hands them over.
  void pump(Instant now) noexcept;
  [[nodiscard]] std::optional<Instant> deadline() const noexcept;

  // Once: an app whose sticky connections come from one address, nearly all of them.
  [[nodiscard]] std::optional<std::string> take_one_sided() noexcept {
    return std::exchange(one_sided_, std::nullopt);
  }

  // Nobody of the app is to come: what connects where none takes it is refused.
  void close_listeners(std::string_view app) noexcept;

  // Closes what belongs to apps that are not in the roster any more, or are no clusters.
  void keep_those_of_roster() noexcept;

  struct Load {
    std::uint64_t handed_over = 0;  // connections, since its process was started
    unsigned in_flight = 0;         // of those, not taken yet
  };
  [[nodiscard]] Load load_of(InstanceId instance) const noexcept;

 private:
  struct MadeFile {
    os::FileId id;
    std::string path;
    std::shared_ptr<const App> app;  // whose user may remove it
  };
  // Of a listener of the table.
  struct Socket {
    ListenerId id{};
    ListenerId group{};
    os::UniqueFd fd{};
    std::optional<MadeFile> file{};
    bool is_accepted_from = false;  // by us
    bool is_watched = false;
    bool has_more = false;  // somebody may be waiting there
  };
  struct Cluster {
    std::string app;
    unsigned last_worker_id = 0;
    Balancer balancer;
    ListenerTable table;
    std::vector<Socket> sockets;
    ClientCensus clients;
    std::vector<os::UniqueFd> connections;  // by ConnectionId
  };
  struct Worker {
    ChannelEnd* end = nullptr;  // null: it is none
    Cluster* cluster = nullptr;
    bool has_preload = false;  // it can be told to finish without cutting off anybody
    bool is_idle = false;      // and knows that no server of it listens any more
    bool must_wait = false;    // it is not to know that yet
    bool must_end = false;     // retired by us: so is what comes after it on its channel
  };

  [[nodiscard]] Worker& worker(InstanceId instance) noexcept {
    return workers_[static_cast<std::size_t>(instance)];
  }
  [[nodiscard]] const Worker& worker(InstanceId instance) const noexcept {
    return workers_[static_cast<std::size_t>(instance)];
  }
  [[nodiscard]] Cluster& cluster_of(const App& app);
  void begin(InstanceId instance);
  void take_no_more(InstanceId instance) noexcept;
  void answer_listen(InstanceId instance, const ClusterMessage& message, std::string_view object);
  [[nodiscard]] std::expected<Socket*, int> socket_for(InstanceId instance,
                                                       const ListenRequest& request,
                                                       const Sharing& sharing);
  void take_answer(InstanceId instance, const ClusterMessage& message) noexcept;
  void settle(Cluster& cluster, const Balancer::Answered& answered) noexcept;
  void tell_if_idle(InstanceId instance) noexcept;
  void cease(InstanceId instance, ListenerId listener) noexcept;
  [[nodiscard]] std::expected<os::UniqueFd, int> open(const App& app, const ListenRequest& request,
                                                      bool reuses_port);
  void lose_those_removed(Cluster& cluster, const App& app, const ListenRequest& request);
  bool close_unused_at(Cluster& cluster, const ListenRequest& request) noexcept;
  void accept_from(Socket& socket, bool is_wanted) noexcept;
  void steer(Cluster& cluster) noexcept;
  [[nodiscard]] std::optional<InstanceId> asked_by_us(
      const Cluster& cluster, const std::optional<Endpoint>& client) const noexcept;
  void accept(Cluster& cluster, Socket& socket, Instant now) noexcept;
  void hand_over(Cluster& cluster) noexcept;
  void watch(Socket& socket, bool wanted, Instant now) noexcept;
  void close(Cluster& cluster, ListenerId listener) noexcept;
  void close(Socket& socket) noexcept;
  static void drop_closed(Cluster& cluster) noexcept;
  void close_unused(Instant now) noexcept;

  const Roster& roster_;
  os::Poller& poller_;
  Listeners& handed_;
  const Prober& prober_;
  std::vector<Worker> workers_;  // one for each instance
  std::vector<std::unique_ptr<Cluster>> clusters_;
  unsigned last_listener_ = 0;
  bool must_look_ = false;  // somebody came, has room again, or has gone
  std::optional<Instant> look_again_at_;
  std::uint64_t nameless_ = 0;  // connections whose client has no address
  ConnectionRate rate_;
  std::optional<std::string> one_sided_;
};

}  // namespace pmx::runtime
