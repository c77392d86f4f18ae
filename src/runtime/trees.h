// What processes of instances leave behind when they end: found, signalled, and waited for.
#pragma once

#include <cstddef>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "runtime/census.h"

namespace pmx::runtime {

class Trees {
 public:
  // The census must outlive it.
  Trees(std::size_t instances, Census& census) : census_(census), is_clearing_(instances) {}

  void make_room(std::size_t instances) { is_clearing_.resize(instances); }

  // The instance's process has ended: who is left of its tree gets the signal. False when that is
  // nobody, or when nobody can be found, for want of /proc.
  [[nodiscard]] bool clear(InstanceId instance, SignalNumber signal, Instant now) noexcept;

  // Calls `gone(instance)` for each that was being cleared and has nobody left. To be asked when
  // an orphan has ended.
  template <class Gone>
  [[gnu::noinline]] void settle(Instant now, Gone gone) noexcept {
    if (clearing_ == 0) return;
    census_.look(now);
    for (unsigned i = 0; i < is_clearing_.size(); ++i) {
      if (!is_clearing_[i] || is_anybody_left(InstanceId{i})) continue;
      forget(InstanceId{i});
      gone(InstanceId{i});
    }
  }

 private:
  [[nodiscard]] bool is_anybody_left(InstanceId instance) const noexcept;
  void forget(InstanceId instance) noexcept;

  Census& census_;
  std::vector<bool> is_clearing_;  // by instance
  std::size_t clearing_ = 0;
};

}  // namespace pmx::runtime
