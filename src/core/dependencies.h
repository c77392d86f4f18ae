// Who may start now, and who may stop now: in the order of dependency, and in reverse.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/manifest.h"
#include "core/members.h"

namespace pmx {

// `held`: as soon as a person starts who stands in the way.
enum class Prospect : unsigned char { now, later, held, never };

struct StartProspect {
  Prospect prospect = Prospect::now;
  std::size_t app = 0;  // with `held` and `never`: who stands in the way
};

// The members must outlive it.
class Dependencies {
 public:
  explicit Dependencies(const Members& members) : members_(members) { learn(); }
  // Anew: the roster has other apps.
  void learn();

  // Whether all that it depends on is as far as it must be, will be, or never can be.
  [[nodiscard]] StartProspect prospect_of(const Member& member) const noexcept;

  // Nobody who depends on the app still runs.
  [[nodiscard]] bool may_stop(std::size_t app_index) const noexcept;

  // The same, of those only who are not wanted any more.
  [[nodiscard]] bool may_leave(std::size_t app_index) const noexcept;

  // The same, of those only whom a person has stopped.
  [[nodiscard]] bool may_be_stopped(std::size_t app_index) const noexcept;

  // So many apps, one above the other, does it depend on.
  [[nodiscard]] std::size_t depth_of(std::size_t app_index) const noexcept {
    return depths_[app_index];
  }

  // Somebody waits for it to complete: that it ends well is what it is there for.
  [[nodiscard]] bool is_awaited_as_completed(std::size_t app_index) const noexcept {
    return awaited_as_completed_[app_index];
  }

 private:
  [[nodiscard]] Prospect prospect_of(const Dependency& dependency,
                                     bool is_needed_now) const noexcept;

  const Members& members_;
  std::vector<std::vector<std::size_t>> dependents_;  // by app
  std::vector<std::size_t> depths_;                   // by app
  std::vector<bool> awaited_as_completed_;            // by app
};

}  // namespace pmx
