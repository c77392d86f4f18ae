// Which process belongs to which instance, from its start until its last words are in the log.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/ids.h"

namespace pmx::runtime {

class Children {
 public:
  explicit Children(std::size_t instances) : children_(instances) {}

  void make_room(std::size_t instances) { children_.resize(instances); }

  void started(InstanceId instance, Pid pid) noexcept { at(instance) = {pid, std::nullopt}; }
  // From here on the number may be another process's.
  void ended(InstanceId instance, ExitStatus status) noexcept {
    at(instance) = {std::nullopt, status};
  }

  // Whose process this is, if it is one of ours and not an orphan.
  [[nodiscard]] std::optional<InstanceId> find(Pid pid) const noexcept {
    const auto child = std::ranges::find(children_, std::optional{pid}, &Child::pid);
    if (child == children_.end()) return std::nullopt;
    return InstanceId{static_cast<unsigned>(child - children_.begin())};
  }

  [[nodiscard]] std::size_t size() const noexcept { return children_.size(); }

  // Some process has ended whose last words are not in the log yet.
  [[nodiscard]] bool any_unsettled() const noexcept {
    return std::ranges::any_of(children_,
                               [](const Child& child) { return child.ended.has_value(); });
  }

  // Calls `settled(instance, status)` for each ended process for which `is_drained` says true, and
  // forgets it.
  template <class IsDrained, class Settled>
  void settle(IsDrained is_drained, Settled settled) noexcept {
    for (unsigned i = 0; i < children_.size(); ++i) {
      Child& child = children_[i];
      if (!child.ended || !is_drained(InstanceId{i})) continue;
      const ExitStatus status = *child.ended;
      child = {};
      settled(InstanceId{i}, status);
    }
  }

 private:
  struct Child {
    std::optional<Pid> pid;
    std::optional<ExitStatus> ended;
  };
  [[nodiscard]] Child& at(InstanceId instance) noexcept {
    return children_[static_cast<std::size_t>(instance)];
  }

  std::vector<Child> children_;
};

}  // namespace pmx::runtime
