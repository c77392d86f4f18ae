#include "core/errand.h"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace pmx {
namespace {

bool is_new(const Errand& errand, const Member& member) noexcept {
  return member.starts > errand.starts_before;
}

Instant proven_at(const Errand& errand, const LifePolicy& policy) noexcept {
  const Duration proof = waits_for_ready(policy.ready_by)
                             ? Duration::zero()
                             : std::min(policy.min_uptime, kLongestProof);
  return *errand.online_since + proof;
}

ErrandState state_of_start(Errand& errand, const Member& member, Instant now) noexcept {
  const InstanceState& state = member.instance.state;
  const bool is_clearing = std::holds_alternative<Clearing>(state);
  if (member.failed_start > errand.starts_before && !is_clearing) return ErrandState::failed;
  if (const auto* const online = std::get_if<Online>(&state)) {
    if (!is_new(errand, member)) return ErrandState::pending;
    if (!errand.online_since) errand.online_since = online->started_at;
    const bool is_proven = now >= proven_at(errand, member.app().life);
    return is_proven ? ErrandState::done : ErrandState::pending;
  }
  if (std::holds_alternative<Backoff>(state)) return ErrandState::failed;
  if (!member.is_at_rest()) return ErrandState::pending;
  const bool has_completed =
      is_new(errand, member) && member.last_end && member.last_end->ok() && !member.is_held;
  return has_completed ? ErrandState::done : ErrandState::failed;
}

ErrandState state_of_replacement(const Errand& errand, const Member& member) noexcept {
  if (member.failed_reloads > errand.failed_before) return ErrandState::failed;
  const bool is_replaced = member.generation >= errand.generation;
  if (is_replaced && std::holds_alternative<Backoff>(member.instance.state)) {
    return ErrandState::failed;
  }
  if (member.is_at_rest()) return ErrandState::failed;
  const bool is_online = std::holds_alternative<Online>(member.instance.state);
  const bool is_done = is_replaced && is_online && !member.predecessor;
  return is_done ? ErrandState::done : ErrandState::pending;
}

}  // namespace

Errand replacement_of(const Member& member, bool was_asked) noexcept {
  const bool is_wanted = member.wants_successor || !was_asked;
  const unsigned ahead = (member.successor ? 1U : 0U) + (is_wanted ? 1U : 0U);
  return {.goal = Errand::Goal::replaced,
          .instance = member.id,
          .generation = member.generation + ahead,
          .failed_before = member.failed_reloads};
}

Errand errand_of_change(const Member& member) noexcept {
  if (member.change.kind == Change::Kind::removed) return {Errand::Goal::at_rest, member.id};
  if (!member.wants_successor && !member.successor && !member.declined) {
    return {Errand::Goal::running, member.id, member.change.starts_before};
  }
  Errand errand = replacement_of(member, true);
  // Its successor was refused at once, and that has been counted already.
  if (member.declined) --errand.failed_before;
  return errand;
}

ErrandState state_of(Errand& errand, const Member& member, Instant now) noexcept {
  const bool is_not_to_be = (member.waits && member.is_kept_waiting) || member.is_leaving;
  if (is_not_to_be && errand.goal != Errand::Goal::at_rest) return ErrandState::failed;
  if (errand.goal == Errand::Goal::replaced) return state_of_replacement(errand, member);
  if (errand.goal == Errand::Goal::running) return state_of_start(errand, member, now);
  if (!member.is_held) return ErrandState::failed;  // somebody else started it again
  return member.is_at_rest() ? ErrandState::done : ErrandState::pending;
}

std::optional<Instant> deadline(const Errand& errand, const Member& member) noexcept {
  const bool waits = errand.online_since && std::holds_alternative<Online>(member.instance.state);
  return waits ? std::optional{proven_at(errand, member.app().life)} : std::nullopt;
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
