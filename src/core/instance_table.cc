#include "core/instance_table.h"

#include <utility>

#include "core/instance.h"

namespace pmx {
namespace {

// One for each alternative, or it does not compile.
template <class T>
struct NameOf;
template <>
struct NameOf<Stopped> {
  static constexpr std::string_view value = "stopped";
};
template <>
struct NameOf<Launching> {
  static constexpr std::string_view value = "launching";
};
template <>
struct NameOf<Preparing> {
  static constexpr std::string_view value = "preparing";
};
template <>
struct NameOf<Starting> {
  static constexpr std::string_view value = "starting";
};
template <>
struct NameOf<Online> {
  static constexpr std::string_view value = "online";
};
template <>
struct NameOf<Draining> {
  static constexpr std::string_view value = "draining";
};
template <>
struct NameOf<Stopping> {
  static constexpr std::string_view value = "stopping";
};
template <>
struct NameOf<Killing> {
  static constexpr std::string_view value = "killing";
};
template <>
struct NameOf<Clearing> {
  static constexpr std::string_view value = "clearing";
};
template <>
struct NameOf<Backoff> {
  static constexpr std::string_view value = "backoff";
};
template <>
struct NameOf<Errored> {
  static constexpr std::string_view value = "errored";
};
template <>
struct NameOf<StartRequested> {
  static constexpr std::string_view value = "start requested";
};
template <>
struct NameOf<FinishRequested> {
  static constexpr std::string_view value = "finish requested";
};
template <>
struct NameOf<StopRequested> {
  static constexpr std::string_view value = "stop requested";
};
template <>
struct NameOf<DrainRequested> {
  static constexpr std::string_view value = "drain requested";
};
template <>
struct NameOf<KillRequested> {
  static constexpr std::string_view value = "kill requested";
};
template <>
struct NameOf<ProcessStarted> {
  static constexpr std::string_view value = "process started";
};
template <>
struct NameOf<ProcessFailed> {
  static constexpr std::string_view value = "process failed";
};
template <>
struct NameOf<BecameReady> {
  static constexpr std::string_view value = "became ready";
};
template <>
struct NameOf<Drained> {
  static constexpr std::string_view value = "drained";
};
template <>
struct NameOf<BecameUnhealthy> {
  static constexpr std::string_view value = "became unhealthy";
};
template <>
struct NameOf<ProcessEnded> {
  static constexpr std::string_view value = "process ended";
};
template <>
struct NameOf<TreeGone> {
  static constexpr std::string_view value = "tree gone";
};
template <>
struct NameOf<TimePassed> {
  static constexpr std::string_view value = "time passed";
};

template <class Variant>
struct NamesOf;
template <class... Ts>
struct NamesOf<std::variant<Ts...>> {
  static constexpr std::array<std::string_view, sizeof...(Ts)> value{NameOf<Ts>::value...};
};

constexpr Instant kNow{Duration{1'000'000}};
constexpr Instant kLater = kNow + Duration{1'000};
constexpr Pid kPid{1};
constexpr ExitStatus kFailure{1, 0};

// Everything that a state can hold and that decides what follows.
std::vector<InstanceState> all_states() {
  std::vector<InstanceState> all{Stopped{},          Launching{},     Starting{kPid, kNow, kLater},
                                 Online{kPid, kNow}, Backoff{kLater}, Errored{kFailure}};
  all.emplace_back(Online{kPid, kNow - Duration{10'000}});  // long enough to be stable
  all.emplace_back(Preparing{kPid, kNow, kLater});
  all.emplace_back(Launching{After::stay_down});
  all.emplace_back(Launching{After::start_again});
  all.emplace_back(Launching{After::stay_down, true});
  for (const After after : {After::stay_down, After::start_again, After::as_failure}) {
    all.emplace_back(Draining{kPid, kNow, kLater, after});
    all.emplace_back(Stopping{kPid, kNow, kLater, after});
    all.emplace_back(Killing{kPid, kNow, kLater, after});
  }
  for (const Outcome& outcome : {Outcome{Rest{}}, Outcome{Retry{kNow}}, Outcome{Retry{kLater}},
                                 Outcome{GiveUp{kFailure}}, Outcome{GoOn{}}}) {
    all.emplace_back(Clearing{kPid, kLater, outcome});
  }
  return all;
}

std::vector<InstanceEvent> all_events() {
  return {StartRequested{},
          FinishRequested{},
          StopRequested{After::stay_down},
          StopRequested{After::start_again},
          DrainRequested{Duration{1'000}, After::stay_down},
          KillRequested{},
          ProcessStarted{kPid},
          ProcessFailed{kFailure, true},
          ProcessFailed{kFailure, false},
          BecameReady{},
          Drained{},
          BecameUnhealthy{},
          ProcessEnded{{}},
          ProcessEnded{kFailure},
          TreeGone{},
          TimePassed{}};
}

std::vector<LifePolicy> all_policies() {
  std::vector<LifePolicy> all;
  for (unsigned choice = 0; choice < 64; ++choice) {
    LifePolicy policy;
    policy.restart = (choice & 1U) != 0 ? Restart::always : Restart::never;
    policy.restart_delay = (choice & 2U) != 0 ? Duration::zero() : Duration{1'000};
    policy.max_restarts = (choice & 4U) != 0 ? 16U : 1U;
    policy.clears_tree = (choice & 8U) != 0;
    if ((choice & 16U) != 0) policy.ready_by = ByMessage{};
    if ((choice & 32U) != 0) {
      policy.pre_start.emplace();
      policy.post_stop.emplace();
    }
    all.push_back(policy);
  }
  return all;
}

}  // namespace

std::span<const std::string_view, kInstanceStates> instance_state_names() noexcept {
  return NamesOf<InstanceState>::value;
}

std::span<const std::string_view, kInstanceEvents> instance_event_names() noexcept {
  return NamesOf<InstanceEvent>::value;
}

std::vector<InstanceTransition> instance_transitions() {
  std::array<std::array<InstanceTransition, kInstanceEvents>, kInstanceStates> table;
  const auto policies = all_policies();
  const auto events = all_events();
  for (const InstanceState& state : all_states()) {
    for (const InstanceEvent& event : events) {
      if (!heeds(state, event)) continue;
      InstanceTransition& transition = table[state.index()][event.index()];
      for (const LifePolicy& policy : policies) {
        Instance instance{.state = state};
        static_cast<void>(step(instance, event, policy, kNow));
        transition.to.set(instance.state.index());
      }
    }
  }
  std::vector<InstanceTransition> all;
  for (std::size_t from = 0; from < kInstanceStates; ++from) {
    for (std::size_t event = 0; event < kInstanceEvents; ++event) {
      if (table[from][event].to.any()) all.push_back({from, event, table[from][event].to});
    }
  }
  return all;
}

}  // namespace pmx
