#include "core/environment.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/concat.h"

namespace pmx {
namespace {

bool is_called(const char* variable, std::string_view name) noexcept {
  const std::string_view text{variable};
  return text.size() > name.size() && text[name.size()] == '=' && text.starts_with(name);
}

}  // namespace

Environment::Environment(const char* const* inherited) {
  const char* const* end = inherited;
  while (*end != nullptr) ++end;
  variables_.assign(inherited, end + 1);
}

void Environment::set(std::string_view name, std::string_view value) {
  set(concat(name, "=", value));
}

void Environment::set(std::string_view assignment) {
  auto text = std::make_shared<const std::string>(assignment);
  const char* const variable = text->c_str();
  const std::string_view name = assignment.substr(0, assignment.find('='));
  forget_origin(name);
  const auto last = variables_.end() - 1;
  const auto known =
      std::find_if(variables_.begin(), last, [&](const char* v) { return is_called(v, name); });
  if (known == last) {
    variables_.insert(last, variable);
  } else {
    if (!is_own(*known)) beneath_.push_back(*known);
    *known = variable;
  }
  steps_.push_back({std::move(text), nullptr});
}

bool Environment::is_own(const char* variable) const noexcept {
  return std::ranges::any_of(steps_, [variable](const Step& step) {
    return step.assignment != nullptr && step.assignment->c_str() == variable;
  });
}

void Environment::begin_file(std::string path) {
  const VariableOrigin origin{VariableOrigin::Kind::env_file, std::move(path)};
  steps_.push_back({nullptr, std::make_shared<const VariableOrigin>(origin)});
}

Environment Environment::before_steps() const {
  Environment before;
  for (const char* const variable : variables_) {
    if (variable == nullptr) break;
    if (!is_own(variable)) {
      before.set_lasting(variable);
      continue;
    }
    const std::string_view text{variable};
    const std::string_view name = text.substr(0, text.find('='));
    for (const char* const inherited : beneath_) {
      if (is_called(inherited, name)) before.set_lasting(inherited);
    }
  }
  return before;
}

void Environment::forget_origin(std::string_view name) noexcept {
  std::erase_if(hidden_, [name](const Hidden& one) { return one.name == name; });
}

void Environment::set_origin(std::string_view name, VariableOrigin origin) {
  forget_origin(name);
  set_source(name, origin);
  hidden_.push_back({std::string(name), std::move(origin)});
}

void Environment::set_source(std::string_view name, VariableOrigin origin) {
  for (Step& step : steps_ | std::views::reverse) {
    if (step.assignment == nullptr || !is_called(step.assignment->c_str(), name)) continue;
    step.origin = std::make_shared<const VariableOrigin>(std::move(origin));
    return;
  }
}

const VariableOrigin* Environment::origin_of(std::string_view name) const noexcept {
  const auto found = std::ranges::find(hidden_, name, &Hidden::name);
  return found == hidden_.end() ? nullptr : &found->origin;
}

void Environment::remove(std::string_view name) {
  forget_origin(name);
  const auto is_it = [&](const char* v) { return v != nullptr && is_called(v, name); };
  std::erase_if(variables_, is_it);
  std::erase_if(beneath_, is_it);
  std::erase_if(steps_, [&](const Step& step) {
    return step.assignment != nullptr && is_it(step.assignment->c_str());
  });
}

const char* Environment::find(std::string_view name) const noexcept {
  for (const char* const variable : variables_) {
    if (variable != nullptr && is_called(variable, name)) return variable + name.size() + 1;
  }
  return nullptr;
}

bool operator==(const Environment& one, const Environment& other) noexcept {
  return std::ranges::equal(one.variables_, other.variables_, [](const char* a, const char* b) {
    return a == b || (a != nullptr && b != nullptr && std::string_view(a) == b);
  });
}

}  // namespace pmx
