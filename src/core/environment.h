// A program's environment: NAME=value for each variable, as execve(2) takes it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pmx {

class Environment {
 public:
  Environment() : variables_{nullptr} {}
  // Begins with these, up to the null pointer at their end. They are not copied, so they must
  // outlive it, as `environ` does.
  explicit Environment(const char* const* inherited);

  // A name that is there already keeps its place and gets the new value.
  void set(std::string_view name, std::string_view value);
  void set(std::string_view assignment);
  // "NAME=value" that outlives it, and is not copied; the name must not be there yet.
  void set_lasting(const char* assignment) { variables_.insert(variables_.end() - 1, assignment); }
  void remove(std::string_view name);

  // The variable's value; null when there is no such variable.
  [[nodiscard]] const char* find(std::string_view name) const noexcept;

  // With a null pointer behind the last; until the next set().
  [[nodiscard]] const char* const* data() const noexcept { return variables_.data(); }

  // The same variables in the same order.
  friend bool operator==(const Environment& one, const Environment& other) noexcept;

 private:
  std::vector<const char*> variables_;
  std::vector<std::shared_ptr<const std::string>> own_;  // what was set here; copies share it
};

}  // namespace pmx
