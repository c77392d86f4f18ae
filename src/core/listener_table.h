// At which sockets the workers of a cluster listen: who shares which, to whom the kernel offers
// connections, and which nobody asks for any more. The sockets themselves are somebody else's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "base/ids.h"
#include "base/time.h"
#include "core/cluster_policy.h"
#include "core/listen_request.h"

namespace pmx {

// How the sockets of one request are shared.
struct Sharing {
  std::optional<unsigned> slot{};  // each worker has its own, by its number
  bool is_accepted_from = false;   // by the primary: workers get no descriptor

  friend bool operator==(const Sharing&, const Sharing&) = default;
};
[[nodiscard]] Sharing sharing_of(const ListenRequest& request, Balance balance,
                                 unsigned worker_number) noexcept;

class ListenerTable {
 public:
  // That one worker can ask for, and all of them for the same slot.
  static constexpr std::size_t kMost = 512;
  // So long a socket stays that nobody asks for any more.
  static constexpr Duration kUnused{30'000};
  // Who has run so long and never listened is not waited for.
  static constexpr Duration kLongestBoot{60'000};

  struct Listener {
    ListenerId id{};
    ListenerId group{};  // of the first socket of its place: who connects to one is for all
    ListenRequest request{};
    std::optional<unsigned> slot{};
    unsigned order = 0;  // among those of its group, as the kernel counts them
    std::optional<Endpoint> bound{};
    std::string shared_data{};
    std::optional<Instant> unused_since{};
    bool is_lost = false;  // nobody can connect there any more
  };

  // A new process, which listens nowhere.
  void admit(InstanceId worker);
  void dismiss(InstanceId worker) noexcept;
  // It takes no more connections.
  void retire(InstanceId worker) noexcept;
  // It has said that it listens.
  void mark_up(InstanceId worker) noexcept;

  // The socket for what a worker asks for, if there is one. It is one of its own where it should be
  // one for all, or the other way round: then it is to be converted. The error is EADDRINUSE: the
  // worker listens there already.
  [[nodiscard]] std::expected<const Listener*, int> find(
      InstanceId worker, const ListenRequest& request,
      const std::optional<unsigned>& slot) const noexcept;
  // From before `balance` was changed: one of its own becomes one for all, or the other way round.
  void convert(ListenerId id, const std::optional<unsigned>& slot);
  // The file of its path has gone: who asks from now on gets another one, of the same group.
  void lose(ListenerId id) noexcept;
  // Where a new one is to be opened: the n-th `listen(0)` of each worker is at one port. The error
  // is EMFILE: there are kMost.
  [[nodiscard]] std::expected<ListenRequest, int> place_for(
      const ListenRequest& request, const std::optional<unsigned>& slot) const;
  // It is open. Returns what is to be filled in of it: `bound`.
  Listener& add(ListenerId id, const ListenRequest& request, const std::optional<unsigned>& slot);
  // What a worker brings for all of the group, unless another has before: a server of HTTP, for
  // example, brings nothing, and one of HTTPS may come to its port.
  void share(ListenerId id, std::string_view data);

  // How the worker gets what connects there.
  enum class Way : unsigned char { by_hand, by_descriptor };
  void use(InstanceId worker, ListenerId listener, Way way);
  // False: it did not use it.
  bool leave(InstanceId worker, ListenerId listener) noexcept;
  [[nodiscard]] bool uses(InstanceId worker, ListenerId listener) const noexcept;
  [[nodiscard]] bool uses_any(InstanceId worker) const noexcept;
  [[nodiscard]] bool is_retired(InstanceId worker) const noexcept;
  // The one of the group that is the worker's own, where each has one; else that of the group.
  [[nodiscard]] ListenerId own(InstanceId worker, ListenerId group) const noexcept;
  // Others listen at that port, and this one does not.
  [[nodiscard]] bool is_missing_at(InstanceId worker, std::uint16_t port) const noexcept;

  // What connects there is for the primary to accept: a worker takes it by hand, or none does that
  // listens there, and others of its group do.
  [[nodiscard]] bool is_for_primary(ListenerId id) const noexcept;
  // Calls `offer(listener, orders)`, for each group where that has changed: the kernel is to give
  // connections to those of its sockets alone; none: to all. `listener` is one of them.
  template <class Offer>
  void steer(Offer offer) {
    for (Group& group : groups_) {
      std::vector<unsigned> offered = offered_of(group.id);
      if (offered == group.offered) continue;
      offer(any_of(group.id), offered);
      group.offered = std::move(offered);
    }
  }

  // To be called after any change.
  void note_unused(Instant now) noexcept;
  // Removes one that nobody has used for kUnused, once all workers are up or have had the time to
  // be; at once, if it is lost.
  [[nodiscard]] std::optional<ListenerId> take_unused(Instant now) noexcept;
  // Removes one at that port that nobody uses, at whatever time.
  [[nodiscard]] std::optional<ListenerId> take_unused_at(std::uint16_t port) noexcept;
  // Removes it if nobody uses it any more and it was asked for at any port: which one that is was
  // nobody's to know but who has closed it.
  [[nodiscard]] bool take_passing(ListenerId id) noexcept;
  // Removes one from which no worker takes anything any more.
  [[nodiscard]] std::optional<ListenerId> take_unserved() noexcept;
  [[nodiscard]] std::optional<Instant> deadline() const noexcept;
  // It must be there.
  [[nodiscard]] const Listener& operator[](ListenerId id) const noexcept;

 private:
  // Sockets of one place, one for each worker.
  struct Group {
    ListenerId id{};
    std::vector<unsigned> offered{};
  };
  struct Use {
    ListenerId listener{};
    Way way{};
  };
  struct Worker {
    InstanceId id{};
    std::vector<Use> uses{};
    std::optional<Instant> since{};
    bool is_up = false;
    bool is_retired = false;
  };

  [[nodiscard]] Worker* find_worker(InstanceId id) noexcept;
  [[nodiscard]] const Worker* find_worker(InstanceId id) const noexcept;
  [[nodiscard]] bool has_group(ListenerId group) const noexcept;
  [[nodiscard]] bool is_used(ListenerId listener) const noexcept;
  [[nodiscard]] bool is_served(ListenerId listener) const noexcept;
  [[nodiscard]] bool is_served_by_hand(ListenerId listener) const noexcept;
  [[nodiscard]] bool is_passed_over(ListenerId id) const noexcept;
  ListenerId remove(std::vector<Listener>::iterator listener) noexcept;
  [[nodiscard]] bool are_all_up(Instant now) const noexcept;
  [[nodiscard]] std::vector<unsigned> offered_of(ListenerId group) const;
  [[nodiscard]] ListenerId any_of(ListenerId group) const noexcept;
  void leave_group(const Listener& gone) noexcept;

  std::vector<Listener> listeners_;
  std::vector<Group> groups_;
  std::vector<Worker> workers_;
};

}  // namespace pmx
