#include "cli/init_request.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/concat.h"
#include "codec/event_record.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/os_error.h"
#include "os/poller.h"
#include "os/process.h"
#include "os/terminal.h"

namespace pmx::cli {
namespace {

// Before there is a loop: said in the form that the log would have had.
[[noreturn]] void cannot_work(const InitRequest& request, const std::string& why) {
  const OutputPolicy& log = request.manifest.log;
  const std::string sentence = concat("cannot begin: ", why);
  if (log.format == LogFormat::json) {
    std::array<char, 2'048> record;
    const std::size_t size = write_json_event({.time = os::wall_now(),
                                               .level = Level::error,
                                               .subject = std::nullopt,
                                               .event = "errored",
                                               .fields = {},
                                               .message = sentence},
                                              log, record);
    static_cast<void>(
        os::OutputFd(STDOUT_FILENO).write_all({record.data(), size}, log.flush_timeout));
  } else {
    const std::string line = concat(request.surroundings.voice.name, ": ", sentence, "\n");
    static_cast<void>(os::OutputFd(STDERR_FILENO).write_all(line, Duration::zero()));
  }
  ::_exit(request.manifest.failure_codes.cannot_work);
}
[[noreturn]] void cannot_work(const InitRequest& request, const os::OsError& error) {
  cannot_work(request, os::describe(error));
}

void remark(InitRequest& request, Level level, std::string_view text) {
  request.surroundings.remarks.push_back({level, "subreaper", std::string(text)});
}

std::expected<void, os::OsError> adopt_orphans(InitRequest& request) {
  using enum InitRequest::Subreaper;
  if (request.subreaper == no || (request.subreaper == if_not_init && os::is_init())) return {};
  auto became = os::become_subreaper();
  if (!became && request.subreaper == yes) return became;
  if (became && os::is_init()) return {};
  if (became)
    remark(request, Level::info, "adopts orphans although it is not PID 1");
  else
    remark(request, Level::warn, "cannot adopt orphans: it is not PID 1");
  return {};
}

}  // namespace

os::SignalMask signals_to_handle(bool faults_too) noexcept {
  os::SignalMask mask = os::SignalMask::all();
  for (int n = 1; n <= kSignalCount && !faults_too; ++n) {
    if (is_fault(SignalNumber{n})) mask = mask.without(SignalNumber{n});
  }
  return mask;
}

void run_init(InitRequest request, os::SignalMask original) {
  const os::SignalMask handled = signals_to_handle(request.forwards_faults);
  if (request.forwards_faults) {
    if (auto blocked = handled.install(); !blocked) cannot_work(request, blocked.error());
  }
  request.surroundings.child_mask = original;
  os::restore_default_disposition(kSigChld);

  if (!request.trace.empty()) {
    auto file = os::create_file(request.trace.c_str());
    if (!file) {
      const std::string why = os::describe_errno(file.error().number);
      cannot_work(request, concat("cannot write a trace to ", request.trace, ": ", why));
    }
    request.surroundings.trace = std::move(*file);
  }
  if (auto adopted = adopt_orphans(request); !adopted) cannot_work(request, adopted.error());
  if (request.parent_death_signal) {
    const auto set = os::set_parent_death_signal(*request.parent_death_signal);
    if (!set) cannot_work(request, set.error());
  }
  // For the one command that is to have it. Supervised apps read nothing, and Ctrl-C is for us.
  const bool lends_terminal = std::ranges::any_of(request.manifest.apps, [](const App& app) {
    return app.process.place == ProcessPlace::session && !app.process.reads_nothing;
  });
  if (lends_terminal) request.surroundings.lost_terminal = os::detach_from_terminal();

  os::Poller poller(handled);
  // The kernel takes everything back at once, faster than destructors would piece by piece.
  ::_exit(runtime::Loop(std::move(request.manifest), request.surroundings, poller).run());
}

}  // namespace pmx::cli
