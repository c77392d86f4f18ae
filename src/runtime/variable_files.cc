#include "runtime/variable_files.h"

#include <utility>
#include <vector>

#include "base/concat.h"
#include "codec/env_text.h"
#include "os/file.h"

namespace pmx::runtime {
namespace {

using Kind = VariableOrigin::Kind;
using Variables = std::vector<std::string>;  // "NAME=value"

std::string_view name_in(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

std::expected<Variables, std::string> read_env_file(const std::string& path) {
  const auto text = os::read_file(path.c_str());
  if (!text) {
    return std::unexpected(concat("cannot read the environment file ", path, ": ",
                                  os::describe_errno(text.error().number)));
  }
  auto variables = parse_env(*text);
  if (variables) return std::move(*variables);
  const EnvProblem& problem = variables.error();
  return std::unexpected(concat("cannot use the environment file ", path, ": line ", problem.line,
                                ": ", problem.rule));
}

void add(Environment& environment, const std::string& variable, const std::string& file) {
  environment.set(variable);
  environment.set_origin(name_in(variable), {Kind::env_file, file});
}

}  // namespace

std::expected<void, std::string> add_env_file(Environment& environment, const std::string& path) {
  const auto variables = read_env_file(path);
  if (!variables) return std::unexpected(variables.error());
  const std::string file = os::absolute_path(path);
  environment.begin_file(file);
  for (const std::string& variable : *variables) add(environment, variable, file);
  return {};
}

std::expected<std::string, os::OsError> read_secret(const std::string& path) {
  auto text = os::read_file(path.c_str());
  if (text && text->ends_with('\n')) text->pop_back();
  return text;
}

void set_filled_in(Environment& environment, std::string_view name, const std::string& text) {
  bool has_hidden = false;
  const auto find = [&](std::string_view other) {
    has_hidden = has_hidden || environment.origin_of(other) != nullptr;
    return environment.find(other);
  };
  environment.set(name, fill_in(text, find));
  VariableOrigin origin{Kind::filled_in, text};
  if (has_hidden) return environment.set_origin(name, std::move(origin));
  if (text.contains('$')) environment.set_source(name, std::move(origin));
}

// All of it is set again, from the begin: over what is there already a text would be filled in with
// itself.
std::expected<void, std::string> refresh(Environment& environment) {
  Environment fresh = environment.before_steps();
  for (const auto& [assignment, origin] : environment.steps()) {
    if (origin == nullptr) {
      fresh.set(*assignment);
    } else if (assignment == nullptr) {
      if (auto added = add_env_file(fresh, origin->text); !added) return added;
    } else if (origin->kind == Kind::evaluated) {
      // That is read with the manifest alone.
      fresh.set(*assignment);
      fresh.set_origin(name_in(*assignment), *origin);
    } else if (origin->kind == Kind::filled_in) {
      set_filled_in(fresh, name_in(*assignment), origin->text);
    } else if (origin->kind == Kind::file) {
      const std::string_view name = name_in(*assignment);
      const auto secret = read_secret(origin->text);
      if (!secret) {
        return std::unexpected(concat("cannot read ", origin->text, ", the value of ", name, ": ",
                                      os::describe_errno(secret.error().number)));
      }
      fresh.set(name, *secret);
      fresh.set_origin(name, *origin);
    }
  }
  environment = std::move(fresh);
  return {};
}

}  // namespace pmx::runtime
