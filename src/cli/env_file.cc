#include "cli/env_file.h"

#include <string_view>

#include "codec/env_text.h"
#include "os/file.h"
#include "os/os_error.h"

namespace pmx::cli {

std::expected<void, std::string> add_env_file(Environment& environment, const std::string& path) {
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
  const std::string source = os::absolute_path(path);
  for (const std::string& variable : *variables) {
    environment.set(variable);
    environment.set_origin(std::string_view(variable).substr(0, variable.find('=')),
                           {VariableOrigin::Kind::env_file, source});
  }
  return {};
}

}  // namespace pmx::cli
