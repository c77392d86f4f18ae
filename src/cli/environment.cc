#include "cli/environment.h"

#include <algorithm>

#include "codec/env_text.h"
#include "os/file.h"
#include "os/os_error.h"

namespace pmx::cli {

void set_variable(std::vector<std::string>& environment, std::string_view name,
                  std::string_view value) {
  set_variable(environment, std::string(name) + "=" + std::string(value));
}

void set_variable(std::vector<std::string>& environment, std::string_view assignment) {
  const std::string_view name_and_equals = assignment.substr(0, assignment.find('=') + 1);
  const auto known = std::ranges::find_if(environment, [&](const std::string& variable) {
    return variable.starts_with(name_and_equals);
  });
  if (known == environment.end())
    environment.emplace_back(assignment);
  else
    *known = assignment;
}

std::expected<void, std::string> add_env_file(std::vector<std::string>& environment,
                                              const std::string& path) {
  const auto text = os::read_file(path.c_str());
  if (!text) {
    return std::unexpected("cannot read the environment file " + path + ": " +
                           os::describe_errno(text.error().number));
  }
  const auto variables = parse_env(*text);
  if (!variables) {
    const EnvProblem& problem = variables.error();
    return std::unexpected("cannot use the environment file " + path + ": line " +
                           std::to_string(problem.line) + ": " + std::string(problem.rule));
  }
  for (const std::string& variable : *variables) set_variable(environment, variable);
  return {};
}

}  // namespace pmx::cli
