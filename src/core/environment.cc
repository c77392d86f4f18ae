#include "core/environment.h"

#include <algorithm>
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
  const char* const variable =
      own_.emplace_back(std::make_shared<const std::string>(assignment))->c_str();
  const std::string_view name = assignment.substr(0, assignment.find('='));
  forget_origin(name);
  const auto last = variables_.end() - 1;
  const auto known =
      std::find_if(variables_.begin(), last, [&](const char* v) { return is_called(v, name); });
  if (known == last)
    variables_.insert(last, variable);
  else
    *known = variable;
}

void Environment::forget_origin(std::string_view name) noexcept {
  std::erase_if(hidden_, [name](const Hidden& one) { return one.name == name; });
}

void Environment::set_origin(std::string_view name, VariableOrigin origin) {
  forget_origin(name);
  hidden_.push_back({std::string(name), std::move(origin)});
}

const VariableOrigin* Environment::origin_of(std::string_view name) const noexcept {
  const auto found = std::ranges::find(hidden_, name, &Hidden::name);
  return found == hidden_.end() ? nullptr : &found->origin;
}

void Environment::remove(std::string_view name) {
  forget_origin(name);
  std::erase_if(variables_, [&](const char* v) { return v != nullptr && is_called(v, name); });
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
