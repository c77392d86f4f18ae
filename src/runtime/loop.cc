// The order is the design. Output before exits: what a process wrote before it died is in the log
// before its end is. Signals before reaping: SIGCHLD tells that there is something to reap.
// Nothing in a turn may block, and there is no turn without a cause.
#include "runtime/loop.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>
#include <variant>

#include "base/concat.h"
#include "os/clock.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/reaper.h"
#include "os/terminal.h"
#include "runtime/container_limits.h"
#include "runtime/launcher.h"

namespace pmx::runtime {
namespace {

// A storm of orphans must not keep signals waiting.
constexpr int kMostReapedInATurn = 512;

constexpr Instant kAtOnce{};  // a deadline that has always passed

std::size_t index(SignalNumber signal) noexcept { return static_cast<std::size_t>(number(signal)); }

// With its newline; 0 when nothing comes from an app and what we say goes to stderr.
std::size_t largest_record(const OutputPolicy& own, const Roster& roster) noexcept {
  std::size_t largest = 0;
  const auto consider = [&largest](const OutputPolicy& output) {
    if (output.format != LogFormat::raw) largest = std::max(largest, output.max_record + 1);
  };
  consider(own);
  for (const auto& app : roster.apps()) consider(app->output);
  return largest;
}

}  // namespace

Loop::Loop(Manifest manifest, Surroundings& surroundings, os::Poller& poller)
    : surroundings_(surroundings),
      poller_(poller),
      supervisor_(std::move(manifest)),
      sink_(1, poller, largest_record(supervisor_.manifest().log, supervisor_.roster())),
      termination_(surroundings.termination_log, supervisor_.roster().size()),
      announcer_(supervisor_.manifest(), supervisor_.roster(), surroundings.voice, sink_),
      files_(supervisor_.roster(), poller, announcer_),
      outputs_(supervisor_.roster().size(), sink_.largest_record(), sink_, poller),
      children_(supervisor_.roster().size()),
      census_(supervisor_.roster().size()),
      trees_(supervisor_.roster().size(), census_),
      reader_(surroundings.read_manifest, poller),
      prober_(supervisor_.roster(), poller, surroundings.child_mask),
      notifier_(supervisor_.roster(), poller, census_, announcer_),
      timetable_(supervisor_.roster(), poller),
      primary_(supervisor_.roster(), poller, listeners_, prober_),
      channels_(supervisor_.roster(), poller, announcer_, primary_),
      inbox_(supervisor_.roster().size()),
      enlarged_pipes_(supervisor_.roster().size()) {
  if (surroundings.control) {
    control_ = std::make_unique<Control>(std::move(surroundings.control), poller, supervisor_,
                                         census_, notifier_, announcer_, reader_, channels_);
    outputs_.keep_in(control_->recent);
  }
  outputs_.pass_through(files_);
  if (termination_.is_wanted()) {
    announcer_.tell(termination_);
    outputs_.keep_stderr_in(termination_);
  }
  if (surroundings.trace) {
    Manifest whole = supervisor_.manifest();
    whole.apps = supervisor_.wanted_apps();
    recorder_ = std::make_unique<Recorder>(std::move(surroundings.trace), whole);
  }
  effects_.reserve(supervisor_.most_effects());
  ignored_once_[index(kSigHup)] = surroundings.lost_terminal;
  ignored_once_[index(kSigCont)] = surroundings.lost_terminal;
}

int Loop::run() noexcept {
  for (const Remark& remark : surroundings_.remarks) {
    announcer_.say(RemarkNote{remark.level, remark.event, remark.text, remark.is_routine});
  }
  if (const auto& refusal = surroundings_.refusal) {
    announcer_.say(RefusedNote{refusal->why, refusal->code});
    leave_with(refusal->code);
  } else {
    inbox_.push(Began{});
    reap();  // who died before SIGCHLD was blocked: nobody will tell
  }
  decide();
  flush();
  while (!is_done()) turn();
  say_what_was_left();
  preload_.remove();
  if (*exit_code_ != 0) termination_.write(supervisor_.roster(), supervisor_.decided_by());
  return *exit_code_;
}

// A reading of the clock is much of what a turn costs that only reaps.
Instant Loop::now() noexcept {
  if (!now_) now_ = os::monotonic_now();
  return *now_;
}

void Loop::turn() noexcept {
  poller_.wait_until(children_have_news_ ? kAtOnce : next_deadline());
  now_.reset();

  take_signals();
  // Nothing keeps them waiting. What else is ready must still be open when it is looked at.
  if (poller_.has_only_signals()) decide();
  if (poller_.has(os::Token::Kind::sink)) sink_.flush(now());
  if (files_.has_work()) {
    files_.pump(now(), [this](InstanceId id) { outputs_.go_on(id); });
  }
  if (outputs_.has_work()) outputs_.pump(now());
  if (channels_.has_work()) channels_.pump(inbox_, now());
  if (poller_.has(os::Token::Kind::probe)) prober_.pump();
  if (poller_.has(os::Token::Kind::notify)) notifier_.pump(now());
  if (children_have_news_) reap();
  settle_children();
  settle_trees();
  if (prober_.has_answers()) prober_.report(inbox_);
  if (notifier_.has_news()) notifier_.report(inbox_);
  expire();
  if (timetable_.has_work()) heed_clock();  // what is due is due of the apps as they were
  if (reader_.has_work()) take_reading();
  if (control_ && control_->server.has_work()) serve_clients();
  decide();
  if (control_) control_->desk.report(now());
  flush();
  give_up_on_stdout();
}

void Loop::take_signals() noexcept {
  static_assert(os::Poller::kMostSignals < Inbox::kRoomForOthers);
  for (const auto& [signal, sender] : poller_.signals()) {
    if (signal == kSigChld) {
      children_have_news_ = true;
      continue;
    }
    // Our own write, to a pipe without a reader or past the largest size of a file.
    const bool is_of_writing = signal == kSigPipe || signal == kSigXfsz;
    const bool is_our_own = is_of_writing && sender == os::own_pid();
    if (is_our_own || std::exchange(ignored_once_[index(signal)], false)) continue;
    inbox_.push(SignalReceived{signal});
  }
}

void Loop::reap() noexcept {
  children_have_news_ = false;
  for (int n = 0; n < kMostReapedInATurn; ++n) {
    const os::Reaped reaped = os::reap_one(surroundings_.tells_halts);
    if (const auto* child = std::get_if<os::ChildEnded>(&reaped)) {
      census_.outdate();
      if (const auto instance = children_.find(child->pid)) {
        children_.ended(*instance, child->status, now());
        outputs_.begin_drain(*instance);
        continue;
      }
      if (files_.ended(child->pid)) continue;
      orphan_has_ended_ = true;
      if (prober_.ended(child->pid, child->status) || reader_.ended(child->pid)) continue;
      if (surroundings_.warns_on_reap) announcer_.say(ReapedNote{child->pid, child->status});
    } else if (const auto* halted = std::get_if<os::ChildHalted>(&reaped)) {
      const auto instance = children_.find(halted->pid);
      const bool is_by_terminal = halted->by != kSigStop;
      if (!instance || !is_by_terminal || lend_terminal(*halted)) continue;
      if (inbox_.room() > 0) inbox_.push(Halted{*instance});
    } else {
      is_childless_ = std::holds_alternative<os::NoChildren>(reaped);
      if ((is_childless_ || only_files_are_left()) && inbox_.room() > 0) inbox_.push(NobodyLeft{});
      return;
    }
  }
  children_have_news_ = true;
}

// A shell's `fg` gives the terminal to us, and when we are running tells us nothing: the app, not
// in the foreground, is stopped by its next read.
bool Loop::lend_terminal(const os::ChildHalted& halted) noexcept {
  const bool wants_terminal = halted.by == kSigTtin || halted.by == kSigTtou;
  if (!wants_terminal || !os::is_in_foreground()) return false;
  os::give_foreground_to(halted.pid);
  static_cast<void>(os::signal_group(halted.pid, kSigCont));
  return true;
}

// What it means must be known before the next request is.
void Loop::take_reading() noexcept {
  reader_.pump(now());
  auto result = reader_.take_result();
  if (!result) return;
  ReadOutcome& reading = result->reading;
  if (result->changes && *result->changes != supervisor_.changes()) {
    reading.problems.emplace_back("the apps have been changed meanwhile; ask again");
  }
  for (const ReadingRemark& remark : reading.remarks) {
    announcer_.say(RemarkNote{remark.level, remark.event, remark.text, true});
  }
  for (const std::string& problem : reading.problems) {
    announcer_.say(RemarkNote{Level::error, "problem", problem, true});
  }
  const unsigned changes = supervisor_.changes();
  if (reading.problems.empty()) {
    const bool stops_first = result->changes && control_ && control_->desk.is_to_restart();
    inbox_.push(ManifestChanged{&reading.manifest, stops_first, /*tries_again=*/true});
    decide();
  } else {
    announcer_.say(RemarkNote{Level::error, "apply",
                              result->changes ? "variables cannot be read again: nothing is changed"
                                              : "the manifest has problems: nothing is changed",
                              true});
  }
  if (control_)
    control_->desk.take_reading(*result, supervisor_.changes() != changes, inbox_, now());
  if (std::exchange(must_read_again_, false)) perform(pmx::ReadManifest{});
}

void Loop::heed_clock() noexcept {
  decide();
  timetable_.take_due(now(), [this](std::size_t app) {
    inbox_.push(TimeCame{app});
    decide();
  });
}

void Loop::serve_clients() noexcept {
  control_->server.pump(now());
  control_->desk.take_requests(inbox_, now());
}

void Loop::settle_children() noexcept {
  // Room for what it says last over its channel, and for its end.
  children_.settle(
      [this](InstanceId id, Instant ended_at) {
        return inbox_.room() > 1 && take_last_words(id, ended_at);
      },
      [this](InstanceId id, ExitStatus status) { settle(id, status); });
}

void Loop::settle(InstanceId instance, ExitStatus status) noexcept {
  channels_.finish(instance, inbox_);
  if (!supervisor_.roster()[instance].app->life.clears_tree) census_.left(instance);
  inbox_.push(Exited{instance, status});
}

// True when they are with the sink. A stdout that takes nothing costs them in the end: a restart
// must not wait for it for ever.
bool Loop::take_last_words(InstanceId instance, Instant ended_at) noexcept {
  if (outputs_.drain(instance, now())) return true;
  if (!sink_.is_blocked() || end_of_patience(ended_at) > now()) return false;
  if (!stalled_since_) stalled_since_ = ended_at;
  return outputs_.discard(instance, now());
}

void Loop::settle_trees() noexcept {
  if (!std::exchange(orphan_has_ended_, false)) return;
  trees_.settle(now(), [this](InstanceId id) { inbox_.push(TreeCleared{id}); });
}

void Loop::expire() noexcept {
  const auto due = supervisor_.deadline();
  if (due && *due <= now() && inbox_.room() > 0) inbox_.push(DeadlinePassed{});
}

void Loop::decide() noexcept {
  while (const auto event = inbox_.pop()) {
    effects_.clear();
    if (recorder_) recorder_->note(*event, now());
    supervisor_.handle(*event, now(), effects_);
    if (recorder_) recorder_->note(effects_);
    if (supervisor_.roster().size() > children_.size()) make_room();
    if (!timetable_.knows(supervisor_.changes())) timetable_.learn(supervisor_.changes(), now());
    for (const Effect& effect : effects_) {
      std::visit([this](const auto& e) { perform(e); }, effect);
    }
  }
}

// Everything that is counted by instance. Instances that are not wanted any more leave their room
// to the next ones.
void Loop::make_room() noexcept {
  const std::size_t instances = supervisor_.roster().size();
  files_.make_room(instances);
  termination_.make_room(instances);
  outputs_.make_room(instances);
  children_.make_room(instances);
  enlarged_pipes_.resize(instances);
  census_.make_room(instances);
  trees_.make_room(instances);
  prober_.make_room(instances);
  notifier_.make_room(instances);
  inbox_.make_room(instances);
  primary_.make_room(instances);
  channels_.make_room(instances);
  if (control_) control_->recent.make_room(instances);
  effects_.reserve(supervisor_.most_effects());
}

// Whoever waited for them goes on without.
void Loop::close_files() noexcept {
  files_.close();
  for (unsigned i = 0; i < children_.size(); ++i) outputs_.go_on(InstanceId{i});
}

// What was lost while stdout was full is reported as soon as it takes bytes again.
void Loop::flush() noexcept {
  if (!sink_.is_empty()) sink_.flush(now());
  dropped_ += outputs_.take_dropped();
  lost_events_ += sink_.take_lost_events();
  if (sink_.is_blocked() || !sink_.is_open() || sink_.last_write_failed()) return;
  const std::uint64_t records = sink_.take_discarded() + std::exchange(dropped_, 0);
  const std::uint64_t own = std::exchange(lost_events_, 0);
  if (records + own == 0) return;
  announcer_.say(DroppedNote{records, own});
  sink_.flush(now());
}

std::optional<Instant> Loop::next_deadline() const noexcept {
  // The last flush made room, or gave up: no descriptor tells of that any more.
  if (outputs_.waits_for_room() && !sink_.is_blocked()) return kAtOnce;
  if (control_ && control_->desk.can_take(inbox_)) return kAtOnce;
  if (prober_.has_answers() || notifier_.has_news() || primary_.is_in_haste()) return kAtOnce;
  std::optional<Instant> earliest;
  for (const auto due :
       {supervisor_.deadline(), outputs_.deadline(), sink_.deadline(), flush_deadline(),
        files_.deadline(), files_deadline(), channels_.deadline(), primary_.deadline(),
        reader_.deadline(), timetable_.deadline(),
        control_ ? control_->server.deadline() : std::nullopt,
        control_ ? control_->desk.deadline() : std::nullopt}) {
    earliest = earlier(earliest, due);
  }
  return earliest;
}

// Who waits for stdout since then waits for as long as it takes bytes.
Instant Loop::end_of_patience(Instant since) const noexcept {
  return std::max(since, sink_.last_progress()) + supervisor_.manifest().log.flush_timeout;
}

// At the end there is no second wait where the last words have had theirs.
std::optional<Instant> Loop::flush_deadline() const noexcept {
  if (!sink_.is_blocked()) return std::nullopt;
  if (exit_code_) return end_of_patience(stalled_since_.value_or(left_at_));
  const auto since =
      children_.first_end([this](InstanceId id) { return outputs_.waits_to_drain(id); });
  return since ? std::optional(end_of_patience(*since)) : std::nullopt;
}

// Nor longer than that for who writes files: they may have got the last of it with the log.
std::optional<Instant> Loop::files_deadline() const noexcept {
  if (!exit_code_ || !files_.are_there()) return std::nullopt;
  return end_of_patience(left_at_);
}

// For good, so at the end only.
void Loop::give_up_on_stdout() noexcept {
  if (!sink_.is_blocked()) stalled_since_.reset();
  if (!exit_code_) return;
  const auto due = flush_deadline();
  if (sink_.last_write_failed() || (due && *due <= now())) sink_.abandon();
}

void Loop::leave_with(int code) noexcept {
  exit_code_ = code;
  outputs_.begin_last_drain();
  left_at_ = now();
}

bool Loop::is_done() noexcept {
  if (!exit_code_ || !outputs_.drain_all(now())) return false;
  flush();
  close_files();
  const auto due = files_deadline();
  return sink_.is_empty() && (!due || *due <= now());
}

// Those that were dropped too, as far as no event could tell of it.
void Loop::say_what_was_left() noexcept {
  const std::uint64_t count = sink_.records_left() + dropped_ + lost_events_;
  if (count == 0) return;
  if (sink_.was_abandoned() && !sink_.last_write_failed()) {
    return announcer_.complain(
        concat("stdout took nothing any more: ", count, " records were left"));
  }
  const int error = sink_.last_error();
  const std::string why = error == EPIPE
                              ? "stdout was closed"
                              : concat("cannot write to stdout: ", os::describe_errno(error));
  announcer_.complain(concat(why, ": ", count, " records were discarded"));
}

}  // namespace pmx::runtime
