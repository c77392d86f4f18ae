#include "codec/variable_reading.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "codec/env_text.h"
#include "codec/json_writer.h"

namespace pmx {
namespace {

using Reading = ManifestReading;

// As JSON.stringify does, and pm2 with it.
void write(JsonWriter& json, const Node& node) {
  if (const Node::List* const list = node.list()) {
    json.begin_array();
    for (const Node& item : *list) write(json, item);
    json.end_array();
  } else if (const Node::Map* const map = node.map()) {
    json.begin_object();
    for (const Node::Member& member : *map) write(json.key(member.key), member.value);
    json.end_object();
  } else if (const std::string* const text = node.text()) {
    json.value(*text);
  } else if (const auto* const truth = std::get_if<bool>(&node.value)) {
    json.value(*truth);
  } else {
    json.literal(shown(node));  // a number, or null
  }
}

std::optional<VariableSetting> variable(Reading& reading, const Node::Member& member) {
  const Reading::Step step(reading, member.key);
  if (!is_env_name(member.key)) {
    reading.refuse(member, "is not a name that a variable can have",
                   "letters, digits and _, such as \"DATABASE_URL\"");
    return std::nullopt;
  }
  VariableSetting setting{.name = member.key, .source = {}, .text = {}, .mark = member.value.mark};
  const Node& node = member.value;
  if (const Node::Member* const file = node.find("file");
      file != nullptr && node.map()->size() == 1) {
    const Reading::Step into(reading, "file");
    const auto path = reading.filled_text(file->value);
    if (!path) return std::nullopt;
    setting.source = VariableSetting::Source::file;
    setting.text = *path;
  } else if (const auto* truth = std::get_if<bool>(&node.value)) {
    setting.text = *truth ? "true" : "false";
  } else if (node.map() != nullptr || node.list() != nullptr) {
    JsonWriter json;
    write(json, node);
    setting.text = json.text();
  } else if (node.is_null()) {
    return std::nullopt;  // not set, as undefined is in JavaScript
  } else {
    auto value = reading.text_or_number(node);
    if (!value) return std::nullopt;
    setting.text = std::move(*value);
  }
  return setting;
}

}  // namespace

void read_variables(ManifestReading& reading, const Node& node, VariableSettings& into) {
  const Node::Map* const map = node.map();
  if (map == nullptr)
    return reading.refuse(node, "is not a map of variables", "{\"NAME\": \"value\"}");
  for (const Node::Member& member : *map) {
    auto setting = variable(reading, member);
    if (!setting) continue;
    const auto same = std::ranges::find(into, setting->name, &VariableSetting::name);
    if (same == into.end())
      into.push_back(std::move(*setting));
    else
      *same = std::move(*setting);
  }
}

}  // namespace pmx
