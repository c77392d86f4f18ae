#include "cli/states.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "base/concat.h"
#include "codec/json_writer.h"
#include "core/instance_table.h"

namespace pmx::cli {
namespace {

std::string_view state(std::size_t index) { return instance_state_names()[index]; }
std::string_view event(std::size_t index) { return instance_event_names()[index]; }

}  // namespace

std::string states_as_text() {
  constexpr std::size_t kColumn = 20;
  std::string text;
  std::size_t last = kInstanceStates;
  for (const InstanceTransition& transition : instance_transitions()) {
    if (transition.from != last) text.append(state(transition.from)).append("\n");
    last = transition.from;
    std::string line = concat("  ", event(transition.event));
    line.resize(kColumn, ' ');
    std::string_view between;
    for (std::size_t to = 0; to < kInstanceStates; ++to) {
      if (!transition.to[to]) continue;
      line.append(between).append(to == transition.from ? "stays" : state(to));
      between = ", ";
    }
    append(text, line, "\n");
  }
  return text;
}

std::string states_as_json() {
  JsonWriter json;
  json.begin_object().key("states").begin_array();
  for (const std::string_view name : instance_state_names()) json.value(name);
  json.end_array().key("events").begin_array();
  for (const std::string_view name : instance_event_names()) json.value(name);
  json.end_array().key("transitions").begin_array();
  for (const InstanceTransition& transition : instance_transitions()) {
    json.begin_object().member("from", state(transition.from));
    json.member("event", event(transition.event)).key("to").begin_array();
    for (std::size_t to = 0; to < kInstanceStates; ++to) {
      if (transition.to[to]) json.value(state(to));
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return std::move(json).text() + "\n";
}

std::string states_as_dot() {
  std::string text = "digraph instance {\n";
  for (const InstanceTransition& transition : instance_transitions()) {
    for (std::size_t to = 0; to < kInstanceStates; ++to) {
      if (!transition.to[to]) continue;
      text.append("  ").append(state(transition.from)).append(" -> ").append(state(to));
      text.append(" [label=\"").append(event(transition.event)).append("\"];\n");
    }
  }
  return concat(text, "}\n");
}

}  // namespace pmx::cli
