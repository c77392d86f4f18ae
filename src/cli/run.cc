#include "cli/run.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/concat.h"
#include "base/exit_code.h"
#include "base/signals.h"
#include "cli/control_address.h"
#include "cli/exec.h"
#include "cli/init_request.h"
#include "cli/manifest_source.h"
#include "cli/plan.h"
#include "cli/problem_report.h"
#include "cli/resolve.h"
#include "cli/source_problem.h"
#include "codec/event_record.h"
#include "codec/problem_text.h"
#include "os/arena.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/output_fd.h"
#include "os/poller.h"
#include "os/process.h"
#include "os/program_pages.h"

namespace pmx::cli {
namespace {

// `output` is that of an app about which nothing is said.
std::expected<Resolved, SourceFailure> load(const Options& options, os::SignalMask original,
                                            const OutputPolicy& output,
                                            const runtime::GivenManifest& given = {}) {
  const os::ArenaRest rest;
  auto [settings, failure] = load_settings(options, original, given);
  if (failure.signal != 0) return std::unexpected(std::move(failure));
  auto resolved = resolve(settings, options, output);
  if (resolved && failure.problems.empty()) return std::move(*resolved);
  if (resolved) return std::unexpected(std::move(failure));
  std::string file = options.targets.empty() ? "pmx-init" : options.targets.front();
  if (!given.file.empty()) file = given.file;
  for (Problem& problem : resolved.error()) {
    std::string of = problem.file.empty() ? file : problem.file;
    add_problem(failure.problems, {std::move(of), std::move(problem)}, options.targets);
  }
  return std::unexpected(std::move(failure));
}

// What a manifest does not say, because it is the same for all that we ever run.
struct Common {
  OutputPolicy output;             // of who says nothing about it
  std::string control;             // where we listen; empty: nowhere
  OutputPolicy log{};              // of what pmx-init itself says
  std::string control_key;         // how the manifest says where we listen
  std::size_t largest_record = 0;  // for which there is room
};

// What cannot become another while we run; empty: nothing is.
std::string find_fixed(const Resolved& next, const Common& common) {
  const OutputPolicy& log = next.manifest.log;
  if (log.format != common.log.format) return "log.format";
  if (log.schema != common.log.schema) return "log.schema";
  if (log.flush_timeout != common.log.flush_timeout) return "log.flush_timeout";
  return next.control != common.control_key ? "control" : std::string{};
}

void complete(Manifest& manifest, const Common& common) {
  if (common.control.empty()) return;
  for (App& app : manifest.apps) app.process.environment.set("PMX_CONTROL", common.control);
}

std::size_t largest_record(const Manifest& manifest) {
  std::size_t largest = manifest.log.max_record;
  for (const App& app : manifest.apps) largest = std::max(largest, app.output.max_record);
  return largest;
}

// Called in a process of its own.
runtime::ReadOutcome read_again(const Options& options, os::SignalMask original,
                                const Common& common, const runtime::GivenManifest& given) {
  runtime::ReadOutcome outcome;
  auto resolved = load(options, original, common.output, given);
  if (!resolved) {
    for (const SourceProblem& found : resolved.error().problems) {
      outcome.problems.push_back(describe(found.problem, found.file));
    }
    if (outcome.problems.empty()) outcome.problems.emplace_back("it was interrupted");
    return outcome;
  }
  if (largest_record(resolved->manifest) > common.largest_record) {
    outcome.problems.push_back(
        concat("log.max_record is larger than any was when pmx-init started (",
               common.largest_record, " bytes): that needs a new container"));
    return outcome;
  }
  if (const std::string fixed = find_fixed(*resolved, common); !fixed.empty()) {
    outcome.problems.push_back(concat(
        fixed, " is another than when pmx-init started: a change of it needs a new container"));
    return outcome;
  }
  complete(resolved->manifest, common);
  outcome.manifest = std::move(resolved->manifest);
  for (runtime::Remark& remark : remarks_of(*resolved)) {
    outcome.remarks.push_back({remark.level, std::string(remark.event), std::move(remark.text)});
  }
  return outcome;
}

// As a record on stdout, like everything that a supervisor says. False: stdout does not take it.
bool record_problem(const SourceProblem& found, const OutputPolicy& log, os::OutputFd& out) {
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
  return out.write_all({record.data(), size}, log.flush_timeout);
}

// Those that stdout does not take go to stderr.
void record_problems(std::span<const SourceProblem> problems, const OutputPolicy& log) {
  os::OutputFd out(STDOUT_FILENO);
  while (!problems.empty() && record_problem(problems.front(), log, out)) {
    problems = problems.subspan(1);
  }
  std::fputs(problems_as_text(problems).c_str(), stderr);
}

// What cannot be done as an option has it is none of the manifest's.
ExitCode code_of(const std::vector<SourceProblem>& problems) {
  const bool is_of_identity = std::ranges::all_of(
      problems, [](const SourceProblem& one) { return is_option_of_identity(one.file); });
  return is_of_identity ? ExitCode::cannot_work : ExitCode::usage;
}

// Without it everything else goes on; so a socket that cannot be had is a warning. Where it
// listens; empty: nowhere.
std::string open_control(const std::string& wanted, runtime::Surroundings& surroundings) {
  if (wanted == "off") return {};
  os::LocalAddress address = wanted.empty() ? own_control_address() : wanted;
  auto listener = address.empty() ? std::unexpected(os::OsError{"stat /proc/self/ns/pid", ENOENT})
                                  : os::listen_at(address);
  if (!listener) {
    surroundings.remarks.push_back(
        {Level::warn, "control",
         concat("no commands are taken: cannot listen", address.empty() ? "" : " at ", address,
                ": ", os::describe(listener.error()), "; choose another place by --control PATH"),
         true});
    return {};
  }
  surroundings.control = std::move(*listener);
  // Apps have directories of their own.
  return address.starts_with('@') ? address : os::absolute_path(address);
}

// Somebody who asks us to stop meanwhile is heard.
void wait_before(Duration delay) {
  if (delay == Duration::zero()) return;
  os::Poller poller(signals_to_handle(false));
  const Instant until = os::monotonic_now() + delay;
  while (os::monotonic_now() < until) {
    poller.wait_until(until);
    for (const auto& [signal, sender] : poller.signals()) {
      if (signal == kSigTerm || signal == kSigInt || signal == kSigQuit)
        ::_exit(128 + number(signal));
    }
  }
}

}  // namespace

void run_apps(const Options& options, os::SignalMask original) {
  wait_before(options.delay);
  InitRequest request = supervising_request(options);
  auto resolved = load(options, original, request.manifest.log);
  if (!resolved) {
    const SourceFailure& failure = resolved.error();
    if (failure.signal != 0) ::_exit(128 + failure.signal);
    if (request.manifest.log.format != LogFormat::json) {
      static_cast<void>(report_problems(failure, false));
    } else {
      record_problems(failure.problems, request.manifest.log);
    }
    ::_exit(number(code_of(failure.problems)));
  }
  os::raise_descriptor_limit();
  const Common common{request.manifest.log, open_control(resolved->control, request.surroundings),
                      resolved->manifest.log, resolved->control,
                      largest_record(resolved->manifest)};
  request.manifest = std::move(resolved->manifest);
  complete(request.manifest, common);
  request.surroundings.read_manifest = [&options, original,
                                        &common](const runtime::GivenManifest& given) {
    return read_again(options, original, common, given);
  };
  for (runtime::Remark& remark : remarks_of(*resolved)) {
    request.surroundings.remarks.push_back(std::move(remark));
  }
  *resolved = {};  // this function never returns
  os::give_back_commands();
  run_init(std::move(request), original);
}

int check_targets(const Options& options, os::SignalMask original) {
  const auto resolved = load(options, original, {});
  if (!resolved) return report_problems(resolved.error(), options.json);
  const std::size_t apps = resolved->manifest.apps.size();
  if (options.json) {
    std::printf("{\"apps\":%zu}\n", apps);
  } else {
    std::printf("%s: %zu %s, no problem\n", options.targets.front().c_str(), apps,
                apps == 1 ? "app" : "apps");
    for (const std::string& missing : resolved->missing) {
      std::printf("warning: %s\n", missing.c_str());
    }
  }
  return std::fflush(stdout) == 0 ? 0 : number(ExitCode::cannot_work);
}

int plan_targets(const Options& options, os::SignalMask original) {
  const auto resolved = load(options, original, {});
  if (!resolved) return report_problems(resolved.error(), options.json);
  const std::string plan = options.json ? plan_as_json(*resolved) : plan_as_text(*resolved);
  std::fwrite(plan.data(), 1, plan.size(), stdout);
  return std::fflush(stdout) == 0 ? 0 : number(ExitCode::cannot_work);
}

}  // namespace pmx::cli
