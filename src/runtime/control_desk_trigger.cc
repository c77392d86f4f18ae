// The command `trigger`: an action that an app has told of over its channel is called, and waited
// for.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/concat.h"
#include "base/text.h"
#include "codec/app_message.h"
#include "codec/json_document.h"
#include "codec/json_members.h"
#include "codec/json_writer.h"
#include "runtime/control_desk.h"

namespace pmx::runtime {
namespace {

constexpr std::int64_t kUsualWait = 30'000;  // milliseconds, unless the request has its own
constexpr std::int64_t kMostPatience = 3'600'000;

// What an app returns may be nested as deep as its channel allows, and no client reads that.
bool is_readable(std::string_view json) {
  return parse_json_document(concat("[[[[", json, "]]]]")).has_value();
}

std::vector<std::string_view> names_in(std::string_view actions) {
  std::vector<std::string_view> names;
  if (actions.empty()) return names;
  JsonMembers members(actions);
  while (const auto member = members.next()) names.push_back(member->key.text);
  return names;
}

}  // namespace

void ControlDesk::trigger(const Case& asked, const std::vector<InstanceId>& targets) {
  const std::string action(asked.request.text("action"));
  if (action.empty()) return fail(asked.client, kWrongUsage, "names no action", asked.now);
  const std::int64_t patience =
      std::clamp<std::int64_t>(asked.request.number("wait_ms", kUsualWait), 0, kMostPatience);
  Calls calls{asked.client, action, {}, asked.now + Duration{patience}};
  for (const InstanceId id : targets) {
    Calls::Item& item = calls.items.emplace_back(call(asked, id, action));
    const Place& place = supervisor_.roster()[id];
    item.id = place.id;
    item.name = place.app->name;
    item.number = place.number;
  }
  calls_.push_back(std::move(calls));
}

ControlDesk::Calls::Item ControlDesk::call(const Case& asked, InstanceId id,
                                           std::string_view action) {
  if (std::string why = why_not_called(id, action); !why.empty()) return {{}, std::move(why)};
  const Node::Member* const parameter = asked.request.arguments.find("parameter");
  const std::string* const text = parameter == nullptr ? nullptr : parameter->value.text();
  std::array<char, 32 * 1024> message;
  const std::size_t size = write_action_call(
      action, text == nullptr ? std::nullopt : std::optional<std::string_view>(*text),
      supervisor_.roster()[id].known_as, message);
  if (size == 0) return {{}, "the parameter is longer than 32 KiB"};
  const auto expected = channels_.messages().expect(id, action);
  if (!expected) return {{}, "too many actions are waited for"};
  if (channels_.send(id, {message.data(), size}, asked.now)) return {expected, {}};
  channels_.messages().drop(*expected);
  return {{}, "does not read what it is sent"};
}

// Empty: it can be.
std::string ControlDesk::why_not_called(InstanceId id, std::string_view action) const {
  if (!supervisor_.pid_of(id)) return "has no process";
  if (!channels_.is_open(id)) return "has no channel to be called over";
  const std::string_view actions = channels_.messages().actions(id);
  if (!find_member(actions, action).empty()) return {};
  if (actions.empty()) return "has told of no actions, as @pm2/io does";
  const auto names = names_in(actions);
  const auto nearest = nearest_word(action, names);
  std::string sentence = concat("has no action \"", action, "\"");
  if (nearest) return concat(sentence, ", did you mean \"", *nearest, "\"?");
  sentence += "; it has ";
  for (const std::string_view name : names) {
    append(sentence, name.data() == names.front().data() ? "" : ", ", name);
  }
  return sentence;
}

void ControlDesk::report_calls(Instant now) {
  std::erase_if(calls_, [&](const Calls& calls) {
    if (!is_over(calls, now)) return false;
    if (server_.is_there(calls.client)) finish(calls, now);
    for (const Calls::Item& item : calls.items) {
      if (item.call) channels_.messages().drop(*item.call);
    }
    return true;
  });
}

bool ControlDesk::is_over(const Calls& calls, Instant now) const {
  if (calls.due <= now || !server_.is_there(calls.client)) return true;
  return std::ranges::none_of(calls.items, [this](const Calls::Item& item) {
    return item.call && channels_.messages().state_of(*item.call).kind == CallState::Kind::waiting;
  });
}

void ControlDesk::finish(const Calls& calls, Instant now) {
  std::string failures;
  JsonWriter json;
  json.begin_array();
  for (const auto& [call, why_not, id, name, number] : calls.items) {
    json.begin_object().member("id", id).member("name", name);
    json.member("instance", number).member("action", calls.action);
    const CallState state = call ? channels_.messages().state_of(*call) : CallState{};
    std::string why = why_not;
    if (call && state.kind == CallState::Kind::waiting) why = "has not answered in time";
    if (call && state.kind == CallState::Kind::ended) why = "ended before it had answered";
    if (why.empty()) {
      json.key("return");
      is_readable(state.answer) ? json.literal(state.answer) : json.value(state.answer);
    } else {
      json.member("error", why);
      append(failures, failures.empty() ? "" : "; ", name, "[", number, "] ", why);
    }
    json.end_object();
  }
  json.end_array();
  conclude(calls.client, failures, json.text(), now);
}

}  // namespace pmx::runtime
