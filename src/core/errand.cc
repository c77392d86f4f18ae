#include "core/errand.h"

#include <type_traits>
#include <variant>

namespace pmx {
namespace {

ErrandState state_of_start(const Errand& errand, const Member& member) noexcept {
  const InstanceState& state = member.instance.state;
  const bool is_new = member.starts > errand.starts_before;
  if (std::holds_alternative<Online>(state)) {
    return is_new ? ErrandState::done : ErrandState::pending;
  }
  if (std::holds_alternative<Backoff>(state)) return ErrandState::failed;
  if (!member.is_at_rest()) return ErrandState::pending;
  const bool has_completed = is_new && member.last_end && member.last_end->ok() && !member.is_held;
  return has_completed ? ErrandState::done : ErrandState::failed;
}

}  // namespace

ErrandState state_of(const Errand& errand, const Member& member) noexcept {
  if (errand.goal == Errand::Goal::running) return state_of_start(errand, member);
  if (!member.is_held) return ErrandState::failed;  // somebody else started it again
  return member.is_at_rest() ? ErrandState::done : ErrandState::pending;
}

std::string_view status_word(const Member& member) noexcept {
  if (member.waits && pmx::is_at_rest(member.instance.state)) return "launching";
  return std::visit(
      []<class State>(const State&) -> std::string_view {
        if constexpr (std::is_same_v<State, Stopped>) return "stopped";
        if constexpr (std::is_same_v<State, Launching>) return "launching";
        if constexpr (std::is_same_v<State, Preparing>) return "launching";
        if constexpr (std::is_same_v<State, Starting>) return "launching";
        if constexpr (std::is_same_v<State, Online>) return "online";
        if constexpr (std::is_same_v<State, Backoff>) return "waiting restart";
        if constexpr (std::is_same_v<State, Errored>) return "errored";
        return "stopping";
      },
      member.instance.state);
}

}  // namespace pmx
