#include "runtime/prober.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <variant>

#include "os/process.h"
#include "runtime/launcher.h"

namespace pmx::runtime {
namespace {

// What keeps a command from running may lie in it, or in what we have not got at this moment.
ProbeResult result_of(const SpawnError& error) noexcept {
  constexpr std::array kShortages{EAGAIN, EMFILE, ENFILE, ENOMEM};
  const bool is_ours = std::ranges::find(kShortages, error.error_number) != kShortages.end();
  return {is_ours ? ProbeResult::Kind::not_asked : ProbeResult::Kind::cannot_run,
          error.error_number};
}

ProbeResult result_of(ExitStatus status) noexcept {
  if (status.signal != 0) return {ProbeResult::Kind::ended, status.signal};
  if (status.code != 0) return {ProbeResult::Kind::exited, status.code};
  return {ProbeResult::Kind::good, 0};
}

const Probe* probe_of(const App& app, ProbePurpose purpose) noexcept {
  if (purpose == ProbePurpose::readiness) return std::get_if<Probe>(&app.life.ready_by);
  return app.life.health ? &app.life.health->probe : nullptr;
}

}  // namespace

std::optional<Pid> Prober::start(InstanceId instance, ProbePurpose purpose) noexcept {
  stop(instance);
  Question& question = question_of(instance);
  question.app = roster_[instance].app;
  const Probe* const probe = probe_of(*question.app, purpose);
  return probe == nullptr ? std::nullopt : ask(question, instance, *probe);
}

void Prober::refuse(InstanceId instance) noexcept {
  stop(instance);
  question_of(instance).answer = ProbeResult{ProbeResult::Kind::unreachable, ECONNREFUSED};
}

Prober::Question& Prober::question_of(InstanceId instance) {
  if (!at(instance)) {
    const auto slot = static_cast<std::uint16_t>(static_cast<unsigned>(instance));
    at(instance) = std::make_unique<Question>(ProbeConnection(poller_, slot));
  }
  return *at(instance);
}

std::optional<std::uint16_t> Prober::port_of(InstanceId instance,
                                             ProbePurpose purpose) const noexcept {
  const Probe* const probe = probe_of(*roster_[instance].app, purpose);
  if (probe == nullptr) return std::nullopt;
  const auto* const http = std::get_if<HttpProbe>(&probe->target);
  const auto* const tcp = std::get_if<TcpProbe>(&probe->target);
  if (http != nullptr) return http->endpoints[0].port;
  return tcp == nullptr ? std::nullopt : std::optional(tcp->endpoints[0].port);
}

std::optional<InstanceId> Prober::asked_from(const Endpoint& address) const noexcept {
  const Endpoint from = unmapped(address);
  for (unsigned i = 0; i < questions_.size(); ++i) {
    if (questions_[i] && questions_[i]->connection.comes_from(from)) return InstanceId{i};
  }
  return std::nullopt;
}

std::optional<Pid> Prober::ask(Question& question, InstanceId instance,
                               const Probe& probe) noexcept {
  const std::uint32_t generation = ++generations_;
  if (const auto* const exec = std::get_if<ExecProbe>(&probe.target)) {
    return run(question, instance, *exec);
  }
  if (const auto* const http = std::get_if<HttpProbe>(&probe.target)) {
    question.connection.ask(http->endpoints, http, generation);
  } else if (const auto* const tcp = std::get_if<TcpProbe>(&probe.target)) {
    question.connection.ask(tcp->endpoints, nullptr, generation);
  }
  return std::nullopt;
}

std::optional<Pid> Prober::run(Question& question, InstanceId instance,
                               const ExecProbe& probe) noexcept {
  // Killed, and still not gone: it hangs in the kernel, and so would another.
  if (question.command) {
    question.answer = ProbeResult{ProbeResult::Kind::not_asked, EBUSY};
    return std::nullopt;
  }
  const auto pid = Launcher(roster_[instance], instance, probe.command, mask_).launch_in_silence();
  if (!pid) {
    question.answer = result_of(pid.error());
    return std::nullopt;
  }
  question.command = Command{*pid, true};
  return *pid;
}

void Prober::stop(InstanceId instance) noexcept {
  if (!at(instance)) return;
  Question& question = *at(instance);
  question.connection.drop();
  question.answer.reset();
  if (!question.command || !std::exchange(question.command->is_awaited, false)) return;
  static_cast<void>(os::signal_group(question.command->pid, kSigKill));
}

void Prober::pump() noexcept {
  poller_.each(os::Token::Kind::probe, [this](os::Token token) {
    questions_[token.slot]->connection.proceed(token.generation);
  });
}

bool Prober::ended(Pid pid, ExitStatus status) noexcept {
  for (const auto& question : questions_) {
    if (!question || !question->command || question->command->pid != pid) continue;
    // What it left behind goes with it. Nobody has taken its number so soon.
    static_cast<void>(os::signal_group(pid, kSigKill));
    if (question->command->is_awaited) question->answer = result_of(status);
    question->command.reset();
    return true;
  }
  return false;
}

void Prober::report(Inbox& inbox) noexcept {
  for (unsigned i = 0; i < questions_.size(); ++i) {
    if (!questions_[i]) continue;
    Question& question = *questions_[i];
    if (question.connection.has_answer()) question.answer = question.connection.take_answer();
    if (!question.answer || inbox.room() == 0) continue;
    inbox.push(ProbeAnswered{InstanceId{i}, *std::exchange(question.answer, std::nullopt)});
  }
}

bool Prober::has_answers() const noexcept {
  return std::ranges::any_of(questions_, [](const auto& question) {
    return question && (question->answer || question->connection.has_answer());
  });
}

}  // namespace pmx::runtime
