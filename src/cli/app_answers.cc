#include "cli/app_answers.h"

#include <variant>

#include "base/concat.h"
#include "codec/json_writer.h"
#include "codec/quantity_text.h"

namespace pmx::cli {
namespace {

struct Writing {
  JsonWriter& json;

  void operator()(std::monostate) const { json.null(); }
  void operator()(bool value) const { json.value(value); }
  void operator()(std::int64_t value) const { json.value(value); }
  void operator()(double value) const { json.literal(number_text(value)); }
  void operator()(const std::string& value) const { json.value(value); }
  void operator()(const Node::List& list) const {
    json.begin_array();
    for (const Node& item : list) std::visit(*this, item.value);
    json.end_array();
  }
  void operator()(const Node::Map& map) const {
    json.begin_object();
    for (const Node::Member& member : map) {
      json.key(member.key);
      std::visit(*this, member.value.value);
    }
    json.end_object();
  }
};

}  // namespace

std::string whole(const Node& node) {
  if (const std::string* const text = node.text()) return *text;
  JsonWriter json;
  std::visit(Writing{json}, node.value);
  return std::move(json).text();
}

std::string member_of(const Node& map, std::string_view key) {
  const Node::Member* const member = map.find(key);
  return member == nullptr ? std::string() : whole(member->value);
}

std::string answers_of(const Node::List& instances) {
  std::string text;
  for (const Node& instance : instances) {
    const Node::Member* const returned = instance.find("return");
    if (returned == nullptr) continue;
    append(text, member_of(instance, "name"), "[", member_of(instance, "instance"), "]: ");
    text += whole(returned->value) + "\n";
  }
  return text;
}

std::string metric_text(const Node& metric) {
  const std::string unit = member_of(metric, "unit");
  return concat(member_of(metric, "value"), unit.empty() ? "" : " ", unit);
}

std::string metrics_text(const Node::Map& metrics, std::size_t indent) {
  std::string text;
  for (const Node::Member& metric : metrics) {
    append(text, std::string(indent, ' '), metric.key, " ", metric_text(metric.value), "\n");
  }
  return text;
}

}  // namespace pmx::cli
