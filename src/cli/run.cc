#include "cli/run.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/exit_code.h"
#include "cli/control_address.h"
#include "cli/exec.h"
#include "cli/init_request.h"
#include "cli/manifest_source.h"
#include "cli/resolve.h"
#include "codec/event_record.h"
#include "codec/problem_text.h"
#include "os/clock.h"
#include "os/output_fd.h"

namespace pmx::cli {
namespace {

std::expected<Resolved, SourceFailure> load(const Options& options, os::SignalMask original) {
  auto settings = load_settings(options, original);
  if (!settings) return std::unexpected(std::move(settings.error()));
  auto resolved = resolve(*settings, options);
  if (resolved) return std::move(*resolved);
  SourceFailure failure;
  const std::string file = options.targets.empty() ? "pmx-init" : options.targets.front();
  for (Problem& problem : resolved.error()) failure.problems.push_back({file, std::move(problem)});
  return std::unexpected(std::move(failure));
}

void print_problem(const SourceProblem& found) {
  const std::string line = describe(found.problem, found.file) + "\n";
  std::fputs(line.c_str(), stderr);
}

// As a record on stdout, like everything that a supervisor says.
void record_problem(const SourceProblem& found, const OutputPolicy& log) {
  const std::string line = describe(found.problem, found.file);
  const std::array fields{EventField{"file", std::string_view(found.file)},
                          EventField{"line", std::int64_t{found.problem.mark.line}},
                          EventField{"column", std::int64_t{found.problem.mark.column}},
                          EventField{"path", std::string_view(found.problem.path)}};
  std::vector<char> record(log.max_record + 4'096);
  const std::size_t size = write_json_event({.time = os::wall_now(),
                                             .level = Level::error,
                                             .subject = std::nullopt,
                                             .event = "problem",
                                             .fields = fields,
                                             .message = line},
                                            log, record);
  static_cast<void>(os::OutputFd(STDOUT_FILENO).write({record.data(), size}));
}

// Without it everything else goes on; so a socket that cannot be had is a warning.
void open_control(const Options& options, InitRequest& request) {
  if (options.control == "off") return;
  const os::LocalAddress address =
      options.control.empty() ? own_control_address() : options.control;
  auto listener = address.empty() ? std::unexpected(os::OsError{"stat /proc/self/ns/pid", ENOENT})
                                  : os::listen_at(address);
  if (!listener) {
    request.surroundings.remarks.push_back({Level::warn, "control",
                                            "no commands are taken: cannot listen at " + address +
                                                ": " + os::describe(listener.error()) +
                                                "; choose another place by --control PATH",
                                            true});
    return;
  }
  request.surroundings.control = std::move(*listener);
  for (App& app : request.manifest.apps) app.process.environment.set("PMX_CONTROL", address);
}

}  // namespace

void run_apps(const Options& options, os::SignalMask original) {
  InitRequest request = supervising_request(options);
  auto resolved = load(options, original);
  if (!resolved) {
    const SourceFailure& failure = resolved.error();
    if (failure.signal != 0) ::_exit(128 + failure.signal);
    for (const SourceProblem& problem : failure.problems) {
      if (request.manifest.log.format == LogFormat::json)
        record_problem(problem, request.manifest.log);
      else
        print_problem(problem);
    }
    ::_exit(number(ExitCode::usage));
  }
  const OutputPolicy log = request.manifest.log;
  request.manifest = std::move(resolved->manifest);
  request.manifest.log = log;
  for (App& app : request.manifest.apps) app.output = log;
  open_control(options, request);
  for (runtime::Remark& remark : resolved->remarks) {
    request.surroundings.remarks.push_back(std::move(remark));
  }
  run_init(std::move(request), original);
}

int check_targets(const Options& options, os::SignalMask original) {
  const auto resolved = load(options, original);
  if (resolved) {
    const std::size_t apps = resolved->manifest.apps.size();
    std::printf("%s: %zu %s, no problem\n", options.targets.front().c_str(), apps,
                apps == 1 ? "app" : "apps");
    return std::fflush(stdout) == 0 ? 0 : number(ExitCode::cannot_work);
  }
  if (resolved.error().signal != 0) return 128 + resolved.error().signal;
  for (const SourceProblem& problem : resolved.error().problems) print_problem(problem);
  return number(ExitCode::usage);
}

}  // namespace pmx::cli
