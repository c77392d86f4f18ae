#include "runtime/variable_files.h"

#include <algorithm>
#include <string_view>
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

std::vector<std::string> env_files_of(const Environment& environment) {
  std::vector<std::string> files;
  for (const auto& [name, origin] : environment.hidden()) {
    const bool is_new = std::ranges::find(files, origin.text) == files.end();
    if (origin.kind == Kind::env_file && is_new) files.push_back(origin.text);
  }
  return files;
}

// What was set over a file's variable stays.
std::expected<void, std::string> refresh_env_files(Environment& environment) {
  const std::vector<Environment::Hidden> before = environment.hidden();
  std::vector<std::string> names;
  for (const std::string& file : env_files_of(environment)) {
    const auto variables = read_env_file(file);
    if (!variables) return std::unexpected(variables.error());
    for (const std::string& variable : *variables) {
      const std::string_view name = name_in(variable);
      const VariableOrigin* const origin = environment.origin_of(name);
      const bool is_own = origin != nullptr && origin->kind == Kind::env_file;
      names.emplace_back(name);
      if (is_own || environment.find(name) == nullptr) add(environment, variable, file);
    }
  }
  for (const auto& [name, origin] : before) {
    const bool is_there = std::ranges::find(names, name) != names.end();
    if (origin.kind == Kind::env_file && !is_there) environment.remove(name);
  }
  return {};
}

}  // namespace

std::expected<void, std::string> add_env_file(Environment& environment, const std::string& path) {
  const auto variables = read_env_file(path);
  if (!variables) return std::unexpected(variables.error());
  const std::string file = os::absolute_path(path);
  for (const std::string& variable : *variables) add(environment, variable, file);
  return {};
}

std::expected<std::string, os::OsError> read_secret(const std::string& path) {
  auto text = os::read_file(path.c_str());
  if (text && text->ends_with('\n')) text->pop_back();
  return text;
}

std::expected<void, std::string> refresh(Environment& environment) {
  if (auto done = refresh_env_files(environment); !done) return done;
  const std::vector<Environment::Hidden> hidden = environment.hidden();
  for (const auto& [name, origin] : hidden) {
    if (origin.kind == Kind::env_file) continue;
    if (origin.kind == Kind::file) {
      const auto secret = read_secret(origin.text);
      if (!secret) {
        return std::unexpected(concat("cannot read ", origin.text, ", the value of ", name, ": ",
                                      os::describe_errno(secret.error().number)));
      }
      environment.set(name, *secret);
    } else {
      environment.set(name, fill_in(origin.text, [&](std::string_view other) {
                        return environment.find(other);
                      }));
    }
    environment.set_origin(name, origin);
  }
  return {};
}

}  // namespace pmx::runtime
