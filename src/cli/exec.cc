#include "cli/exec.h"

#include <unistd.h>

#include <expected>
#include <string>

#include "base/concat.h"
#include "base/text.h"
#include "cli/app_name.h"
#include "cli/identity.h"
#include "cli/manifest_source.h"
#include "cli/option_table.h"
#include "os/file.h"
#include "os/process.h"
#include "os/terminal.h"
#include "runtime/variable_files.h"

namespace pmx::cli {
namespace {

// Somebody may have meant a subcommand, and mistyped it, or left out what runs a file.
std::string hint_at_subcommand(const std::string& program) {
  if (program.contains('/')) return {};
  if (program.contains('.') && os::exists(program.c_str())) {
    if (is_manifest_name(program)) return concat("write pmx-init run ", program);
    const bool is_script = program.ends_with("js") || program.ends_with("ts");
    return concat("write pmx-init -- ", is_script ? "node " : "./", program);
  }
  const auto meant = nearest_word(program, subcommands());
  return meant ? concat("did you mean \"pmx-init ", *meant, "\"?") : std::string{};
}

std::expected<ProcessSettings, Refusal> process_for(const Options& options) {
  ProcessSettings settings;
  settings.arguments = options.command;
  settings.environment = Environment(environ);
  if (auto applied = apply_identity(options.identity, settings); !applied) {
    return std::unexpected(applied.error());
  }
  for (const std::string& file : options.env_files) {
    if (auto added = runtime::add_env_file(settings.environment, file); !added) {
      return std::unexpected(Refusal{added.error()});
    }
  }
  for (const std::string& variable : options.env) settings.environment.set(variable);

  settings.if_missing = hint_at_subcommand(options.command.front());
  settings.directory = options.cwd;
  settings.place = options.setsid ? ProcessPlace::session : ProcessPlace::own_group;
  settings.no_new_privileges = options.no_new_privs;
  settings.umask = options.umask;
  settings.niceness = options.nice;
  settings.oom_score_adjustment = options.oom_score_adj;
  settings.limits = options.limits;
  settings.processors = options.cpus;
  settings.parent_death_signal = options.parent_death_signal;
  return settings;
}

OutputPolicy output_for(const Options& options) {
  OutputPolicy output;
  const bool is_one_command = options.ask == Options::Ask::init;
  const bool asks = !options.output.format || *options.output.format == LogFormat::text;
  const bool is_terminal = (asks || !is_one_command) && ::isatty(STDOUT_FILENO) != 0;
  const LogFormat for_people = is_one_command ? LogFormat::raw : LogFormat::text;
  output.format = options.is_pm2 ? LogFormat::raw : is_terminal ? for_people : LogFormat::json;
  output.colour = is_terminal && !os::forbids_colours();
  lay_over(output, options.output);
  return output;
}

SignalPolicy signals_for(const Options& options) {
  SignalPolicy signals = options.setsid ? forward_to_session(true) : forward_everything();
  if (options.kill_group) signals.scope = SignalScope::group;
  for (const auto& [from, to] : options.rewrites) rewrite(signals, from, to);
  return signals;
}

}  // namespace

InitRequest supervising_request(const Options& options) {
  InitRequest request;
  runtime::Surroundings& surroundings = request.surroundings;
  request.manifest.log = output_for(options);
  request.subreaper =
      options.subreaper ? InitRequest::Subreaper::yes : InitRequest::Subreaper::if_not_init;
  request.parent_death_signal = options.parent_death_signal;
  surroundings.voice = {"pmx-init", options.verbosity, options.quiet,
                        options.ask != Options::Ask::init};
  surroundings.warns_on_reap = options.warn_on_reap;
  surroundings.termination_log = options.termination_log;
  request.trace = options.trace;
  for (const std::string_view variable : options.ignored_variables) {
    surroundings.remarks.push_back(
        {Level::info, "variable", concat("ignores ", variable, ", which no option here reads")});
  }
  return request;
}

InitRequest request_for(const Options& options) {
  InitRequest request = supervising_request(options);
  runtime::Surroundings& surroundings = request.surroundings;
  request.manifest.signals = signals_for(options);
  request.manifest.end.grace = options.grace;
  request.manifest.ends_well = options.ends_well;
  if (options.pause) return request;

  App app;
  app.name = options.name.empty() ? app_name(options.command) : options.name;
  app.process.arguments = options.command;
  app.life.restart = Restart::never;
  app.life.max_restarts = 1;
  app.output = request.manifest.log;
  if (auto process = process_for(options)) {
    app.process = std::move(*process);
  } else {
    surroundings.refusal = {std::move(process.error().sentence), number(ExitCode::cannot_work)};
  }
  // As a shell's job, in the foreground or not, we are stopped together with the command.
  surroundings.tells_halts =
      app.process.place == ProcessPlace::own_group && !os::is_init() && os::has_terminal();
  request.manifest.apps.push_back(std::move(app));
  return request;
}

}  // namespace pmx::cli
