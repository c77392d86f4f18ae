// Which process belongs to which instance, from its start until its last words are in the log.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace pmx::runtime {

class Children {
 public:
  explicit Children(std::size_t instances) : children_(instances) {}

  void make_room(std::size_t instances) { children_.resize(instances); }

  void started(InstanceId instance, Pid pid) noexcept { at(instance) = {pid, std::nullopt}; }
  // From here on the number may be another process's.
  void ended(InstanceId instance, ExitStatus status, Instant now) noexcept {
    at(instance) = {std::nullopt, Ended{status, now}};
  }

  // Whose process this is, if it is one of ours and not an orphan.
  [[nodiscard]] std::optional<InstanceId> find(Pid pid) const noexcept {
    const auto child = std::ranges::find(children_, std::optional{pid}, &Child::pid);
    if (child == children_.end()) return std::nullopt;
    return InstanceId{static_cast<unsigned>(child - children_.begin())};
  }

  [[nodiscard]] std::size_t size() const noexcept { return children_.size(); }

  // When the first of those processes ended that are not settled yet and for which `waits` says
  // true.
  template <class Waits>
  [[nodiscard]] std::optional<Instant> first_end(Waits waits) const noexcept {
    std::optional<Instant> first;
    for (unsigned i = 0; i < children_.size(); ++i) {
      const auto& ended = children_[i].ended;
      if (ended && (!first || ended->at < *first) && waits(InstanceId{i})) first = ended->at;
    }
    return first;
  }

  // Calls `settled(instance, status)` for each ended process for which `is_drained(instance, when
  // it ended)` says true, and forgets it.
  template <class IsDrained, class Settled>
  void settle(IsDrained is_drained, Settled settled) noexcept {
    for (unsigned i = 0; i < children_.size(); ++i) {
      Child& child = children_[i];
      if (!child.ended || !is_drained(InstanceId{i}, child.ended->at)) continue;
      const ExitStatus status = child.ended->status;
      child = {};
      settled(InstanceId{i}, status);
    }
  }

 private:
  struct Ended {
    ExitStatus status;
    Instant at;
  };
  struct Child {
    std::optional<Pid> pid;
    std::optional<Ended> ended;
  };
  [[nodiscard]] Child& at(InstanceId instance) noexcept {
    return children_[static_cast<std::size_t>(instance)];
  }

  std::vector<Child> children_;
};

}  // namespace pmx::runtime
