// What a person asked of an instance, until it is done or cannot be.
#pragma once

#include <optional>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "core/members.h"

namespace pmx {

struct Errand {
  enum class Goal : unsigned char { running, at_rest, replaced };
  Goal goal = Goal::running;
  InstanceId instance{};
  unsigned starts_before = 0;  // running: with a process that was asked for after so many
  std::optional<Instant> online_since{};  // such a process; the first, for others may replace it
  // replaced: by the one with this number who has its place, while no more reloads of that fail
  unsigned generation = 0;
  unsigned failed_before = 0;
};

// That a member is replaced which was asked to be, or is going to be asked.
[[nodiscard]] Errand replacement_of(const Member& member, bool was_asked) noexcept;

// What the last change of the manifest asked of a member that it was about: to be gone, to be
// replaced, or to run as it is defined now.
[[nodiscard]] Errand errand_of_change(const Member& member) noexcept;

enum class ErrandState : unsigned char { pending, done, failed };

// Of a replacement the member is whoever has that place now. Running is whoever is online, or has
// already done what it is there for and ended with 0. Where nothing tells that it is ready it must
// have been online for its min_uptime, but no longer than kLongestProof.
inline constexpr Duration kLongestProof{1'000};
[[nodiscard]] ErrandState state_of(Errand& errand, const Member& member, Instant now) noexcept;

// Of one that is gone for good: its place may be another's already.
[[nodiscard]] constexpr ErrandState state_of_gone(const Errand& errand) noexcept {
  return errand.goal == Errand::Goal::at_rest ? ErrandState::done : ErrandState::failed;
}

// When time alone may change that.
[[nodiscard]] std::optional<Instant> deadline(const Errand& errand, const Member& member) noexcept;

// In pm2's words: "online", "launching", "stopping", "stopped", "errored", "waiting restart".
[[nodiscard]] std::string_view status_word(const Member& member) noexcept;

}  // namespace pmx
