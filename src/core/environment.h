// A program's environment: NAME=value for each variable, as execve(2) takes it.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pmx {

// Where a value came from that is not for everybody's eyes: people are shown this in its place.
struct VariableOrigin {
  enum class Kind : unsigned char {
    file,       // the value is what the file holds
    env_file,   // one of the variables in the file
    filled_in,  // a text with ${NAME} in it, of a variable that has an origin itself
    evaluated,  // set by a *.config.js while it was evaluated
  };
  Kind kind = Kind::file;
  std::string text;  // the file's path, or that text

  friend bool operator==(const VariableOrigin&, const VariableOrigin&) = default;
};

// Of somebody else's channel and control socket: no app inherits them, and no manifest that is
// saved has to leave them out.
inline constexpr std::array<std::string_view, 4> kNeverInherited{
    "PMX_CONTROL", "NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE", "NODE_UNIQUE_ID"};

class Environment {
 public:
  Environment() : variables_{nullptr} {}
  // Begins with these, up to the null pointer at their end. They are not copied, so they must
  // outlive it, as `environ` does.
  explicit Environment(const char* const* inherited);

  // A name that is there already keeps its place and gets the new value.
  void set(std::string_view name, std::string_view value);
  void set(std::string_view assignment);
  // The value that it has is not to be shown. Another value is none of that origin.
  void set_origin(std::string_view name, VariableOrigin origin);
  // The same of a value that may be shown.
  void set_source(std::string_view name, VariableOrigin origin);
  // A .env file is read here, which may be empty; its variables follow.
  void begin_file(std::string path);
  // "NAME=value" that outlives it, and is not copied; the name must not be there yet.
  void set_lasting(const char* assignment) { variables_.insert(variables_.end() - 1, assignment); }
  void remove(std::string_view name);

  // The variable's value; null when there is no such variable.
  [[nodiscard]] const char* find(std::string_view name) const noexcept;

  // Null: the value may be shown.
  [[nodiscard]] const VariableOrigin* origin_of(std::string_view name) const noexcept;
  struct Hidden {
    std::string name;
    VariableOrigin origin;
  };
  // In the order in which they got their values.
  [[nodiscard]] const std::vector<Hidden>& hidden() const noexcept { return hidden_; }

  // What was set, one after the other: done again, it gives what the files hold by then.
  struct Step {
    std::shared_ptr<const std::string> assignment;  // nothing: here a .env file begins
    std::shared_ptr<const VariableOrigin> origin;   // nothing: it was set to this very text
  };
  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }
  // What there was before the first of them.
  [[nodiscard]] Environment before_steps() const;

  // With a null pointer behind the last; until the next set().
  [[nodiscard]] const char* const* data() const noexcept { return variables_.data(); }

  // The same variables in the same order, wherever they came from: a process cannot tell.
  friend bool operator==(const Environment& one, const Environment& other) noexcept;

 private:
  void forget_origin(std::string_view name) noexcept;
  [[nodiscard]] bool is_own(const char* variable) const noexcept;

  std::vector<const char*> variables_;
  std::vector<const char*> beneath_;  // what was inherited, and was set to something else
  std::vector<Step> steps_;           // copies share their texts
  std::vector<Hidden> hidden_;
};

}  // namespace pmx
