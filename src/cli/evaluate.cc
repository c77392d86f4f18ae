#include "cli/evaluate.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/concat.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/init_request.h"
#include "codec/json_document.h"
#include "os/clock.h"
#include "os/descendants.h"
#include "os/os_error.h"
#include "os/pipe.h"
#include "os/poller.h"
#include "os/process.h"
#include "os/reaper.h"
#include "os/spawn.h"

namespace pmx::cli {
namespace {

constexpr Duration kClearing{2'000};  // who hangs in the kernel is left to it
constexpr std::size_t kLargestAnswer = 8U << 20;
constexpr std::size_t kLongestComplaint = 4'096;  // of what node says, the end

// What the file prints goes to stderr, so that only the answer is on stdout: the value, or where
// and why there is none. A function that the file exports is called; a promise is awaited.
constexpr const char* kProgram = R"(
const { pathToFileURL } = require('url');
const { spawnSync } = require('child_process');
const requireFile = require;
const file = process.argv[1];
const before = { ...process.env };
const answer = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
// No module has these; `node -e` gives them to all.
for (const name of ['module', 'exports', 'require', '__filename', '__dirname']) {
  delete globalThis[name];
}
const load = async () => {
  if (!file.endsWith('.mjs')) {
    try {
      return requireFile(file);
    } catch (error) {
      const isModule = error.code === 'ERR_REQUIRE_ESM' ||
        error.code === 'ERR_REQUIRE_ASYNC_MODULE' ||
        (error instanceof SyntaxError && /\b(import|export)\b/.test(error.message));
      if (!isModule) throw error;
    }
  }
  return import(pathToFileURL(file));
};
load().then(async (loaded) => {
  let value = loaded;
  if (loaded && loaded.default !== undefined) {
    // pm2 reads the names, other tools the default.
    const { default: whole, ...names } = loaded;
    value = names.apps ? names : whole;
  }
  if (typeof value === 'function') value = value();
  // JSON has no Infinity: as text it is a problem that is told, and not a key that is not there.
  let text = JSON.stringify(await value, (key, one) =>
    typeof one === 'number' && !Number.isFinite(one) ? String(one) : one);
  if (text === undefined) throw 'it exports nothing; export {apps: [{script: "app.js"}]}';
  const own = Object.entries(process.env).filter(([name, value]) => value !== before[name]);
  if (own.length > 0) {
    const environment = JSON.stringify(Object.fromEntries(own));
    text = `{"file":${JSON.stringify(file)},"environment":${environment},"exported":${text}}`;
  }
  answer(text, () => process.exit(0));
}).catch((error) => {
  const isError = error instanceof Error;
  let stack = String((isError && error.stack) || error);
  if (isError && error.name === 'SyntaxError' && !stack.includes(file + ':')) {
    // Of a module only the checker says where.
    stack = String(spawnSync(process.execPath, ['--check', file]).stderr) + stack;
  }
  const lines = stack.split('\n');
  const at = lines.find((line) => line.includes(file + ':'));
  const [, line, column] =
    at ? /^:(\d+)(?::(\d+))?/.exec(at.slice(at.indexOf(file) + file.length)) : [0, 0, 0];
  const caret = lines.find((each) => /^ *\^+$/.test(each)) || '';
  const other = at ? null : /^ *at (?:.*?[ (])?((?:file:\/\/)?\/[^)\n]*:\d+:\d+)/m.exec(stack);
  const message = String(isError && error.message).split('\nRequire stack:')[0];
  const sentence = isError ? `${error.name}: ${message}` : stack;
  const isForeign = isError && /ts$/.test(file) && !process.features.typescript &&
    (error.name === 'SyntaxError' || error.code === 'ERR_UNKNOWN_FILE_EXTENSION');
  const reason = isForeign
    ? `; Node reads TypeScript from 22.18 or 23.6 on, this is ${process.version}` : '';
  answer(JSON.stringify({
    line: Number(line),
    column: at ? Number(column || caret.indexOf('^') + 1 || 1) : 0,
    sentence: sentence + (other ? ` (${other[1]})` : '') + reason,
  }), () => process.exit(1));
});
)";

struct Stream {
  os::UniqueFd fd;
  std::string text;
};

// Takes what is there; closes the stream at its end.
void read_some(Stream& stream, os::Poller& poller, std::size_t limit) {
  std::array<char, 16'384> bytes;
  while (const auto size = os::read_available(stream.fd.get(), bytes)) {
    if (*size == 0) {
      poller.unwatch(stream.fd.get());
      stream.fd.reset();
      return;
    }
    if (stream.text.size() < limit) stream.text.append(bytes.data(), *size);
  }
}

class Evaluation {
 public:
  Evaluation(const std::string& path, os::SignalMask child_mask, Duration patience)
      : path_(path),
        child_mask_(child_mask),
        patience_(patience),
        poller_(signals_to_handle(false)) {}

  std::expected<std::string, EvaluationFailure> run() {
    if (auto started = start(); !started) return std::unexpected(started.error());
    const Instant deadline = os::monotonic_now() + patience_;
    while (!status_) {
      if (os::monotonic_now() >= deadline) return fail_after_kill(too_long());
      poller_.wait_until(deadline);
      read_all();
      for (const auto& [signal, sender] : poller_.signals()) {
        const bool asks_to_stop = signal == kSigTerm || signal == kSigInt || signal == kSigQuit;
        if (asks_to_stop) return fail_after_kill({{}, number(signal)});
      }
      reap();
    }
    read_all();  // its last words
    clear();
    if (status_->ok() && answer_.text.size() < kLargestAnswer) return std::move(answer_.text);
    if (auto place = told()) return std::unexpected(std::move(*place));
    return std::unexpected(EvaluationFailure{failed()});
  }

 private:
  std::expected<void, EvaluationFailure> start() {
    static_cast<void>(os::become_subreaper());  // what it leaves behind becomes ours
    os::for_each_descendant(os::own_pid(), [this](Pid pid) { others_.push_back(pid); });
    for (Stream* stream : {&answer_, &complaint_}) {
      auto pipe = os::make_pipe();
      if (!pipe) return std::unexpected(EvaluationFailure{os::describe(pipe.error())});
      const os::Token token{os::Token::Kind::child_output, 0, 0};
      const auto watched = poller_.watch(pipe->read_end.get(), os::Interest::readable, token);
      if (!watched) return std::unexpected(EvaluationFailure{os::describe(watched.error())});
      stream->fd = std::move(pipe->read_end);
      (stream == &answer_ ? out_ : err_) = std::move(pipe->write_end);
    }
    std::array<const char*, 6> argv{nullptr, "node", "-e", kProgram, path_.c_str(), nullptr};
    os::SpawnPlan plan;
    plan.slot_and_argv = argv;
    plan.environment = environ;
    const char* const search_path = ::getenv("PATH");
    plan.search_path = search_path != nullptr ? search_path : os::kDefaultPath;
    plan.stdin_is_null = true;
    plan.stdout_fd = out_.get();
    plan.stderr_fd = err_.get();
    plan.mask = child_mask_;
    plan.new_group = true;
    const auto pid = os::spawn(plan);
    out_.reset();
    err_.reset();
    if (!pid) {
      return std::unexpected(EvaluationFailure{
          concat("needs node to be evaluated, which cannot be started: ",
                 os::describe_errno(pid.error().error_number), "; or write the manifest as JSON")});
    }
    pid_ = *pid;
    return {};
  }

  void read_all() {
    if (answer_.fd) read_some(answer_, poller_, kLargestAnswer);
    if (complaint_.fd) read_some(complaint_, poller_, 16 * kLongestComplaint);
  }

  // Orphans too: as PID 1 we may have some already.
  void reap() {
    for (;;) {
      const os::Reaped reaped = os::reap_one(false);
      const auto* const ended = std::get_if<os::ChildEnded>(&reaped);
      if (ended == nullptr) return;
      if (ended->pid == pid_) status_ = ended->status;
    }
  }

  std::unexpected<EvaluationFailure> fail_after_kill(EvaluationFailure failure) {
    clear();
    return std::unexpected(std::move(failure));
  }

  // Nothing of it stays: neither its group nor who has left that, as a detached child does. Who was
  // below us before, as what a shell has started that then became us, is none of its business.
  void clear() {
    const Instant deadline = os::monotonic_now() + kClearing;
    for (;;) {
      static_cast<void>(os::signal_group(pid_, kSigKill));
      bool any = !status_;
      std::vector<Pid> spared = others_;
      for (const Pid other : others_) {
        os::for_each_descendant(other, [&spared](Pid pid) { spared.push_back(pid); });
      }
      os::for_each_descendant(os::own_pid(), [&](Pid pid) {
        if (std::ranges::find(spared, pid) != spared.end()) return;
        any = true;
        static_cast<void>(os::signal_process(pid, kSigKill));
      });
      if (!any || os::monotonic_now() >= deadline) return;
      poller_.wait_until(deadline);
      reap();
    }
  }

  EvaluationFailure too_long() const {
    return {concat("took longer than ", patience_.count() / 1'000, " s to be evaluated")};
  }

  // The program's own account of why, where it could give one.
  std::optional<EvaluationFailure> told() const {
    const auto account = parse_json_document(answer_.text);
    if (status_->ok() || !account) return std::nullopt;
    const auto* const sentence = account->find("sentence");
    const auto* const line = account->find("line");
    const auto* const column = account->find("column");
    if (sentence == nullptr || line == nullptr || column == nullptr) return std::nullopt;
    const auto number_of = [](const Node::Member* member) {
      const auto* const whole = std::get_if<std::int64_t>(&member->value.value);
      return whole == nullptr ? 0U : static_cast<unsigned>(*whole);
    };
    const std::string* const said = sentence->value.text();
    return EvaluationFailure{concat("cannot be evaluated: ", said == nullptr ? "" : *said),
                             0,
                             {number_of(line), number_of(column)}};
  }

  std::string failed() const {
    if (answer_.text.size() >= kLargestAnswer) return "says more than 8 MiB";
    std::string_view said = trim(complaint_.text);
    if (said.size() > kLongestComplaint) said.remove_prefix(said.size() - kLongestComplaint);
    const std::string how =
        status_->signal != 0
            ? concat("node was ended by ", signal_name(SignalNumber{status_->signal}))
            : "node failed";
    return concat("cannot be evaluated: ", how, said.empty() ? "" : concat("\n", said));
  }

  const std::string& path_;
  os::SignalMask child_mask_;
  Duration patience_;
  os::Poller poller_;
  Stream answer_;
  Stream complaint_;
  os::UniqueFd out_;
  os::UniqueFd err_;
  std::vector<Pid> others_;  // who was below us before
  Pid pid_{};
  std::optional<ExitStatus> status_;
};

}  // namespace

std::expected<std::string, EvaluationFailure> evaluate_config(const std::string& path,
                                                              os::SignalMask child_mask,
                                                              Duration patience) {
  return Evaluation(path, child_mask, patience).run();
}

}  // namespace pmx::cli
