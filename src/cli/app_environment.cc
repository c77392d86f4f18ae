#include "cli/app_environment.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/concat.h"
#include "base/text.h"
#include "core/validate.h"
#include "os/file.h"
#include "os/os_error.h"
#include "runtime/variable_files.h"

namespace pmx::cli {
namespace {

bool is_filtered(std::string_view name, const EnvironmentFilter& filter) {
  return std::ranges::find(filter.exact, name) != filter.exact.end() ||
         std::ranges::any_of(filter.containing,
                             [&](const std::string& part) { return name.contains(part); });
}

void set_those_of(const AppSettings& settings, const VariableSettings& variables,
                  const std::string& key, Environment& environment, Problems& problems) {
  for (const VariableSetting& variable : variables) {
    if (variable.source == VariableSetting::Source::text) {
      runtime::set_filled_in(environment, variable.name, variable.text);
      continue;
    }
    const auto text = runtime::read_secret(variable.text);
    if (!text) {
      problems.push_back(
          problem_of_key(settings, concat(key, ".", variable.name), variable.text,
                         concat("cannot be read: ", os::describe_errno(text.error().number)),
                         "mount the secret, or set the variable to a text"));
      problems.back().mark = variable.mark;
      continue;
    }
    environment.set(variable.name, *text);
    environment.set_origin(variable.name,
                           {VariableOrigin::Kind::file, os::absolute_path(variable.text)});
  }
}

void add_file(const AppSettings& settings, const std::string& path, Environment& environment,
              Problems& problems) {
  if (auto added = runtime::add_env_file(environment, path); !added) {
    const bool is_there = os::exists(path.c_str());
    const char* const advice = is_there ? "" : "leave it out where the container has the variables";
    problems.push_back(problem_of_key(settings, "env_file", {}, added.error(), advice));
  }
}

}  // namespace

Environment inherited_environment(const AppSettings& settings, const std::string& folder) {
  Environment environment;
  const EnvironmentFilter& filter = settings.filter;
  if (!filter.all) {
    environment = Environment(environ);
    if (!folder.empty()) environment.set("PWD", folder);
    for (const auto& [name, origin] : settings.evaluated.hidden()) {
      environment.set(name, settings.evaluated.find(name));
      environment.set_origin(name, origin);
    }
    const Environment whole = environment;
    for (auto variable = whole.data(); *variable != nullptr; ++variable) {
      std::string_view rest{*variable};
      const std::string_view name = next_field(rest, '=');
      if (is_filtered(name, filter)) environment.remove(name);
    }
  }
  for (const std::string_view name : kNeverInherited) environment.remove(name);
  return environment;
}

void set_variables(const AppSettings& settings, const Options& options, const std::string& folder,
                   Environment& environment, Problems& problems) {
  const bool knows_folder = !options.cwd.empty() || !is_unread(settings, "cwd");
  for (const std::string& file : settings.env_files) {
    if (!knows_folder) break;
    add_file(settings, os::path_from(folder, file), environment, problems);
  }
  environment.set("name", settings.name);
  set_those_of(settings, settings.env, "env", environment, problems);
  if (settings.port) environment.set("PORT", std::to_string(*settings.port));
  for (const auto& [name, variables] : settings.named_env) {
    if (name != options.env_name) continue;
    set_those_of(settings, variables, concat("env_", name), environment, problems);
  }
  for (const std::string& file : options.env_files) {
    add_file(settings, file, environment, problems);
  }
  for (const std::string& variable : options.env) environment.set(variable);
}

}  // namespace pmx::cli
