#include "core/instance_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "core/instance.h"

namespace pmx {
namespace {

// "online stopping" for what may follow; empty: the state does nothing with the event.
std::string follows(std::string_view state, std::string_view event) {
  const auto names = instance_state_names();
  for (const InstanceTransition& transition : instance_transitions()) {
    if (names[transition.from] != state) continue;
    if (instance_event_names()[transition.event] != event) continue;
    std::string all;
    for (std::size_t to = 0; to < names.size(); ++to) {
      if (transition.to[to]) all.append(all.empty() ? "" : " ").append(names[to]);
    }
    return all;
  }
  return {};
}

TEST_CASE("the table says what follows, by whatever policy") {
  CHECK(follows("stopped", "start requested") == "launching");
  CHECK(follows("launching", "process started") == "preparing starting online stopping killing");
  CHECK(follows("preparing", "process ended") == "stopped launching clearing backoff errored");
  CHECK(follows("preparing", "time passed") == "killing");
  CHECK(follows("launching", "process failed") == "stopped launching backoff errored");
  CHECK(follows("starting", "time passed") == "starting");
  CHECK(follows("online", "became unhealthy") == "stopping");
  CHECK(follows("online", "process ended") == "stopped launching clearing backoff errored");
  CHECK(follows("stopping", "time passed") == "killing");
  CHECK(follows("clearing", "tree gone") == "stopped launching backoff errored");
}

TEST_CASE("what a state does not listen to is not in the table") {
  CHECK(follows("stopped", "process ended").empty());
  CHECK(follows("online", "time passed").empty());
}

TEST_CASE("every state can be left and every other one than the first be reached") {
  std::set<std::size_t> left;
  std::set<std::size_t> reached;
  for (const InstanceTransition& transition : instance_transitions()) {
    for (std::size_t to = 0; to < kInstanceStates; ++to) {
      if (!transition.to[to] || to == transition.from) continue;
      left.insert(transition.from);
      reached.insert(to);
    }
  }
  CHECK(left.size() == kInstanceStates);
  CHECK(reached.size() == kInstanceStates);
}

// Each state with something in it, each event, whether or not the two have to do with each other.
TEST_CASE("a state that does not heed an event neither changes nor asks for anything") {
  const InstanceState states[] = {Stopped{},  Launching{}, Preparing{}, Starting{},
                                  Online{},   Draining{},  Stopping{},  Killing{},
                                  Clearing{}, Backoff{},   Errored{}};
  const InstanceEvent events[] = {
      StartRequested{}, FinishRequested{}, StopRequested{}, DrainRequested{}, KillRequested{},
      ProcessStarted{}, ProcessFailed{},   BecameReady{},   Drained{},        BecameUnhealthy{},
      ProcessEnded{},   TreeGone{},        TimePassed{}};
  CHECK(std::size(states) == kInstanceStates);
  CHECK(std::size(events) == kInstanceEvents);
  for (const InstanceState& state : states) {
    for (const InstanceEvent& event : events) {
      if (heeds(state, event)) continue;
      Instance instance{.state = state};
      CHECK(step(instance, event, {}, {}).empty());
      CHECK(instance.state.index() == state.index());
    }
  }
}

}  // namespace
}  // namespace pmx
