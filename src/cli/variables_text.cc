#include "cli/variables_text.h"

#include "base/concat.h"
#include "cli/app_answers.h"

namespace pmx::cli {
namespace {

// A map says by its only member where the value came from.
std::string value_text(const Node& value) {
  const Node::Map* const origin = value.map();
  if (origin == nullptr || origin->empty()) return whole(value);
  return concat("<from ", whole(origin->front().value), ">");
}

}  // namespace

std::string variables_of(const Node::List& instances) {
  std::string text;
  for (const Node& instance : instances) {
    if (instances.size() > 1) {
      if (!text.empty()) text += '\n';
      append(text, member_of(instance, "name"), "[", member_of(instance, "instance"), "]\n");
    }
    const Node::Member* const env = instance.find("env");
    const Node::Map* const variables = env == nullptr ? nullptr : env->value.map();
    if (variables == nullptr) continue;
    for (const Node::Member& variable : *variables) {
      append(text, variable.key, "=", value_text(variable.value), "\n");
    }
  }
  return text;
}

}  // namespace pmx::cli
