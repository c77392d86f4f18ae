#include "core/supervisor.h"

#include <algorithm>

namespace pmx {
namespace {

bool rests(const InstanceState& state) noexcept {
  return std::holds_alternative<Stopped>(state) || std::holds_alternative<Errored>(state);
}

// Did it end as the signal that it was sent asks for: of that signal, or with 128 + its number?
bool was_asked_for(SignalNumber asked_with, ExitStatus status) noexcept {
  return asked_with != SignalNumber{} && status.shell_code() == 128 + number(asked_with);
}

bool ends_well(const Manifest& manifest, ExitStatus status) noexcept {
  const auto code = static_cast<unsigned>(status.shell_code());
  return code < manifest.ends_well.size() && manifest.ends_well[code];
}

}  // namespace

Supervisor::Supervisor(const Manifest& manifest)
    : manifest_(manifest), members_(manifest.apps.size()) {}

void Supervisor::handle(const Event& event, Instant now, Effects& effects) noexcept {
  Moment moment{now, effects};
  std::visit([&](const auto& e) { on(e, moment); }, event);
}

std::optional<Instant> Supervisor::deadline() const noexcept {
  std::optional<Instant> earliest = pmx::deadline(ending_);
  for (const Member& member : members_) {
    const auto due = pmx::deadline(member.instance.state);
    if (due && (!earliest || *due < *earliest)) earliest = due;
  }
  return earliest;
}

std::optional<Pid> Supervisor::pid_of(InstanceId instance) const noexcept {
  return pid(members_[static_cast<std::size_t>(instance)].instance.state);
}

void Supervisor::on(const Began&, Moment& moment) noexcept {
  for (std::size_t i = 0; i < members_.size(); ++i) tell(i, StartRequested{}, moment);
}

void Supervisor::on(const SignalReceived& e, Moment& moment) noexcept {
  if (members_.empty() && (e.signal == kSigTerm || e.signal == kSigInt)) {
    return end(std::nullopt, 0, moment);
  }
  const SignalNumber sent = forwarded_as(manifest_.signals, e.signal);
  const bool is_swallowed = sent == SignalNumber{};
  for (Member& member : members_) {
    const auto process = pid(member.instance.state);
    if (!process) continue;
    if (!is_swallowed) {
      moment.effects.push(SignalProcess{*process, sent, manifest_.signals.scope});
      member.asked_with = sent;
    }
    if (halts_us(manifest_.signals, e.signal)) moment.effects.push(HaltWith{*process});
  }
  if (is_swallowed) return;
  if (!std::holds_alternative<NotEnding>(ending_)) moment.effects.push(SignalOthers{sent});
  moment.effects.push(Say{SignalNote{e.signal, sent}});
}

void Supervisor::on(const Spawned& e, Moment& moment) noexcept {
  tell(static_cast<std::size_t>(e.instance), ProcessStarted{e.pid}, moment);
}

void Supervisor::on(const SpawnFailed& e, Moment& moment) noexcept {
  moment.effects.push(Say{StartFailedNote{e.instance, e.error, e.status}});
  tell(static_cast<std::size_t>(e.instance), ProcessFailed{e.status}, moment);
  end_if_all_rest(std::nullopt, e.status, moment);
}

void Supervisor::on(const Exited& e, Moment& moment) noexcept {
  const std::optional<Pid> process = pid_of(e.instance);
  tell(static_cast<std::size_t>(e.instance), ProcessEnded{e.status}, moment);
  end_if_all_rest(process, e.status, moment);
}

void Supervisor::on(const Halted& e, Moment& moment) noexcept {
  if (const auto process = pid_of(e.instance)) moment.effects.push(HaltWith{*process});
}

void Supervisor::on(const NobodyLeft&, Moment& moment) noexcept {
  ending_ = finish_ending(ending_, moment.effects);
}

void Supervisor::on(const DeadlinePassed&, Moment& moment) noexcept {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const auto due = pmx::deadline(members_[i].instance.state);
    if (due && *due <= moment.now) tell(i, TimePassed{}, moment);
  }
  const auto due = pmx::deadline(ending_);
  if (due && *due <= moment.now) ending_ = continue_ending(ending_, moment.now, moment.effects);
}

void Supervisor::tell(std::size_t index, const InstanceEvent& event, Moment& moment) noexcept {
  Member& member = members_[index];
  const App& app = manifest_.apps[index];
  const InstanceId id{static_cast<unsigned>(index)};
  for (const InstanceEffect& effect : step(member.instance, event, app.life, moment.now)) {
    if (std::holds_alternative<Spawn>(effect)) {
      member.asked_with = {};
      moment.effects.push(SpawnProcess{id});
    } else if (const auto* signal = std::get_if<Signal>(&effect)) {
      member.asked_with = signal->signal;
      moment.effects.push(SignalProcess{signal->pid, signal->signal, SignalScope::process});
    } else if (const auto* online = std::get_if<CameOnline>(&effect)) {
      moment.effects.push(Say{StartedNote{id, online->pid}});
    } else if (const auto* down = std::get_if<WentDown>(&effect)) {
      const bool as_expected =
          ends_well(manifest_, down->status) || was_asked_for(member.asked_with, down->status);
      moment.effects.push(Say{ExitedNote{id, down->pid, down->status, down->uptime, as_expected}});
    }
  }
}

void Supervisor::end_if_all_rest(std::optional<Pid> last, ExitStatus status,
                                 Moment& moment) noexcept {
  const bool all_rest =
      std::ranges::all_of(members_, [](const Member& m) { return rests(m.instance.state); });
  if (!all_rest) return;
  end(last, ends_well(manifest_, status) ? 0 : status.shell_code(), moment);
}

void Supervisor::end(std::optional<Pid> last, int code, Moment& moment) noexcept {
  if (!std::holds_alternative<NotEnding>(ending_)) return;
  ending_ = begin_ending(manifest_.end, last, code, moment.now, moment.effects);
}

}  // namespace pmx
