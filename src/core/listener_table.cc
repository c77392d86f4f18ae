#include "core/listener_table.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

namespace pmx {

Sharing sharing_of(const ListenRequest& request, Balance balance, unsigned worker_number) noexcept {
  if (request.kind != ListenRequest::Kind::stream) return {};
  const bool is_local = std::holds_alternative<std::string>(request.address);
  if (balance == Balance::reuse_port && !is_local) return {.slot = worker_number};
  return {.is_accepted_from = balance != Balance::shared && balance != Balance::reuse_port};
}

ListenerTable::Worker* ListenerTable::find_worker(InstanceId id) noexcept {
  const auto found = std::ranges::find(workers_, id, &Worker::id);
  return found == workers_.end() ? nullptr : &*found;
}

const ListenerTable::Worker* ListenerTable::find_worker(InstanceId id) const noexcept {
  const auto found = std::ranges::find(workers_, id, &Worker::id);
  return found == workers_.end() ? nullptr : &*found;
}

const ListenerTable::Listener& ListenerTable::operator[](ListenerId id) const noexcept {
  return *std::ranges::find(listeners_, id, &Listener::id);
}

void ListenerTable::admit(InstanceId worker) {
  dismiss(worker);
  workers_.push_back({.id = worker});
}

void ListenerTable::dismiss(InstanceId worker) noexcept {
  std::erase_if(workers_, [worker](const Worker& one) { return one.id == worker; });
}

void ListenerTable::retire(InstanceId worker) noexcept {
  if (Worker* const one = find_worker(worker)) one->is_retired = true;
}

void ListenerTable::mark_up(InstanceId worker) noexcept {
  if (Worker* const one = find_worker(worker)) one->is_up = true;
}

std::expected<const ListenerTable::Listener*, int> ListenerTable::find(
    InstanceId worker, const ListenRequest& request,
    const std::optional<unsigned>& slot) const noexcept {
  const Listener* exact = nullptr;
  const Listener* other_kind = nullptr;
  for (const Listener& listener : listeners_) {
    if (listener.is_lost || !listener.request.is_same_place(request)) continue;
    if (uses(worker, listener.id)) return std::unexpected(EADDRINUSE);
    if (listener.slot == slot) exact = &listener;
    if (listener.slot.has_value() != slot.has_value()) other_kind = &listener;
  }
  return exact != nullptr ? exact : other_kind;
}

void ListenerTable::convert(ListenerId id, const std::optional<unsigned>& slot) {
  Listener& listener = *std::ranges::find(listeners_, id, &Listener::id);
  listener.slot = slot;
  if (!has_group(listener.group)) groups_.push_back({.id = listener.group});
}

void ListenerTable::lose(ListenerId id) noexcept {
  std::ranges::find(listeners_, id, &Listener::id)->is_lost = true;
}

std::expected<ListenRequest, int> ListenerTable::place_for(
    const ListenRequest& request, const std::optional<unsigned>& slot) const {
  const auto so_far = std::ranges::count(listeners_, slot, &Listener::slot);
  if (so_far >= static_cast<std::ptrdiff_t>(kMost)) return std::unexpected(EMFILE);
  ListenRequest place = request;
  if (!slot) return place;
  for (const Listener& other : listeners_) {
    if (!other.slot || !other.bound || !other.request.is_same_place(request)) continue;
    std::get<Endpoint>(place.address).port = other.bound->port;
  }
  return place;
}

ListenerTable::Listener& ListenerTable::add(ListenerId id, const ListenRequest& request,
                                            const std::optional<unsigned>& slot) {
  Listener fresh{.id = id, .group = id, .request = request, .slot = slot};
  for (const Listener& other : listeners_) {
    const bool is_one_of_many = slot && other.slot;
    if (!(is_one_of_many || other.is_lost) || !other.request.is_same_place(request)) continue;
    fresh.group = other.group;
    fresh.shared_data = other.shared_data;
    if (is_one_of_many) ++fresh.order;
  }
  if (slot && fresh.group == id) groups_.push_back({.id = id});
  listeners_.push_back(std::move(fresh));
  return listeners_.back();
}

void ListenerTable::share(ListenerId id, std::string_view data) {
  const ListenerId group = (*this)[id].group;
  for (Listener& listener : listeners_) {
    if (listener.group == group && listener.shared_data.empty()) listener.shared_data = data;
  }
}

void ListenerTable::use(InstanceId worker, ListenerId listener, Way way) {
  find_worker(worker)->uses.push_back({listener, way});
}

bool ListenerTable::leave(InstanceId worker, ListenerId listener) noexcept {
  Worker* const one = find_worker(worker);
  if (one == nullptr) return false;
  return std::erase_if(one->uses, [=](const Use& use) { return use.listener == listener; }) != 0;
}

bool ListenerTable::uses(InstanceId worker, ListenerId listener) const noexcept {
  const Worker* const one = find_worker(worker);
  return one != nullptr &&
         std::ranges::find(one->uses, listener, &Use::listener) != one->uses.end();
}

bool ListenerTable::is_retired(InstanceId worker) const noexcept {
  const Worker* const one = find_worker(worker);
  return one != nullptr && one->is_retired;
}

bool ListenerTable::uses_any(InstanceId worker) const noexcept {
  const Worker* const one = find_worker(worker);
  return one != nullptr && !one->uses.empty();
}

// The newest: a server of it may have lost the other one.
ListenerId ListenerTable::own(InstanceId worker, ListenerId group) const noexcept {
  ListenerId own = group;
  for (const Listener& listener : listeners_) {
    if (listener.group == group && uses(worker, listener.id)) own = listener.id;
  }
  return own;
}

bool ListenerTable::is_missing_at(InstanceId worker, std::uint16_t port) const noexcept {
  bool is_shared = false;
  for (const Listener& listener : listeners_) {
    if (!listener.bound || listener.bound->port != port) continue;
    if (uses(worker, listener.id)) return false;
    is_shared = true;
  }
  return is_shared;
}

bool ListenerTable::is_used(ListenerId listener) const noexcept {
  return std::ranges::any_of(workers_, [&](const Worker& one) { return uses(one.id, listener); });
}

bool ListenerTable::is_served(ListenerId listener) const noexcept {
  return std::ranges::any_of(
      workers_, [&](const Worker& one) { return !one.is_retired && uses(one.id, listener); });
}

bool ListenerTable::is_served_by_hand(ListenerId listener) const noexcept {
  return std::ranges::any_of(workers_, [&](const Worker& one) {
    return !one.is_retired && std::ranges::any_of(one.uses, [&](const Use& use) {
      return use.listener == listener && use.way == Way::by_hand;
    });
  });
}

// And there is one.
bool ListenerTable::are_all_up(Instant now) const noexcept {
  return !workers_.empty() && std::ranges::all_of(workers_, [now](const Worker& one) {
    return one.is_up || (one.since && *one.since + kLongestBoot <= now);
  });
}

bool ListenerTable::is_for_primary(ListenerId id) const noexcept {
  return is_served_by_hand(id) || is_passed_over(id);
}

bool ListenerTable::is_passed_over(ListenerId id) const noexcept {
  if (is_served(id)) return false;
  const ListenerId group = (*this)[id].group;
  return std::ranges::any_of(listeners_, [&](const Listener& other) {
    return other.group == group && is_served(other.id);
  });
}

std::vector<unsigned> ListenerTable::offered_of(ListenerId group) const {
  std::vector<unsigned> offered;
  for (const Listener& listener : listeners_) {
    if (listener.group == group && !is_passed_over(listener.id)) offered.push_back(listener.order);
  }
  const auto sockets = std::ranges::count(listeners_, group, &Listener::group);
  if (offered.size() == static_cast<std::size_t>(sockets)) offered.clear();
  return offered;
}

ListenerId ListenerTable::any_of(ListenerId group) const noexcept {
  return std::ranges::find(listeners_, group, &Listener::group)->id;
}

bool ListenerTable::has_group(ListenerId group) const noexcept {
  return std::ranges::find(groups_, group, &Group::id) != groups_.end();
}

// Whoever used it has closed it, or has ended without a word.
void ListenerTable::note_unused(Instant now) noexcept {
  for (Worker& worker : workers_) {
    if (!worker.since) worker.since = now;
  }
  for (Listener& listener : listeners_) {
    if (is_used(listener.id)) {
      listener.unused_since.reset();
    } else if (!listener.unused_since) {
      listener.unused_since = now;
    }
  }
}

std::optional<ListenerId> ListenerTable::take_unused(Instant now) noexcept {
  for (auto listener = listeners_.begin(); listener != listeners_.end(); ++listener) {
    if (!listener->unused_since) continue;
    if (listener->is_lost) return remove(listener);
    if (*listener->unused_since + kUnused > now) continue;
    listener->unused_since = now;
    if (are_all_up(now)) return remove(listener);
  }
  return std::nullopt;
}

std::optional<ListenerId> ListenerTable::take_unused_at(std::uint16_t port) noexcept {
  const auto is_meant = [&](const Listener& listener) {
    if (is_used(listener.id)) return false;
    const auto* const asked = std::get_if<Endpoint>(&listener.request.address);
    return (asked != nullptr && asked->port == port) ||
           (listener.bound && listener.bound->port == port);
  };
  const auto found = std::ranges::find_if(listeners_, is_meant);
  if (found == listeners_.end()) return std::nullopt;
  return remove(found);
}

bool ListenerTable::take_passing(ListenerId id) noexcept {
  const auto found = std::ranges::find(listeners_, id, &Listener::id);
  const auto* const asked = std::get_if<Endpoint>(&found->request.address);
  if (asked == nullptr || asked->port != 0 || is_used(id)) return false;
  remove(found);
  return true;
}

std::optional<ListenerId> ListenerTable::take_unserved() noexcept {
  const auto is_meant = [this](const Listener& listener) { return !is_served(listener.id); };
  const auto found = std::ranges::find_if(listeners_, is_meant);
  if (found == listeners_.end()) return std::nullopt;
  return remove(found);
}

ListenerId ListenerTable::remove(std::vector<Listener>::iterator listener) noexcept {
  const Listener gone = std::move(*listener);
  listeners_.erase(listener);
  for (Worker& worker : workers_) leave(worker.id, gone.id);
  leave_group(gone);
  return gone.id;
}

// In the kernel, the last one takes the place of one that is closed.
void ListenerTable::leave_group(const Listener& gone) noexcept {
  Listener* last = nullptr;
  for (Listener& other : listeners_) {
    if (other.group != gone.group) continue;
    if (last == nullptr || other.order > last->order) last = &other;
  }
  if (last == nullptr) {
    std::erase_if(groups_, [&](const Group& group) { return group.id == gone.group; });
  } else if (last->order > gone.order) {
    last->order = gone.order;
  }
}

std::optional<Instant> ListenerTable::deadline() const noexcept {
  std::optional<Instant> earliest;
  for (const Listener& listener : listeners_) {
    if (listener.unused_since) earliest = earlier(earliest, *listener.unused_since + kUnused);
  }
  return earliest;
}

}  // namespace pmx
