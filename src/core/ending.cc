#include "core/ending.h"

#include <algorithm>

namespace pmx {
namespace {

// A process that is not PID 1 finds the others one by one, and they may fork meanwhile.
constexpr Duration kRepeatKillOthers{50};

Ending leave(int code, Effects& effects) noexcept {
  effects.push_back(Leave{code});
  return Leaving{code};
}

}  // namespace

Ending begin_ending(const EndPolicy& policy, std::optional<Pid> last, SignalNumber group_signal,
                    int code, Instant now, Effects& effects) noexcept {
  if (policy.terminate_group && last && group_signal != SignalNumber{}) {
    effects.push_back(SignalProcess{*last, group_signal, SignalScope::group});
  }
  if (policy.grace == Duration::zero()) return leave(code, effects);
  effects.push_back(SignalOthers{kSigTerm});
  return AskingOthers{now + policy.grace, policy.grace, code};
}

Ending continue_ending(const Ending& ending, Instant now, Effects& effects) noexcept {
  if (const auto* asking = std::get_if<AskingOthers>(&ending)) {
    effects.push_back(Say{StoppingOthersNote{kSigKill, asking->grace}});
    effects.push_back(SignalOthers{kSigKill});
    return KillingOthers{now + kRepeatKillOthers, now + kKillPatience, asking->code};
  }
  if (const auto* killing = std::get_if<KillingOthers>(&ending)) {
    if (now >= killing->leave_at) return leave(killing->code, effects);
    effects.push_back(SignalOthers{kSigKill});
    return KillingOthers{std::min(now + kRepeatKillOthers, killing->leave_at), killing->leave_at,
                         killing->code};
  }
  return ending;
}

Ending finish_ending(const Ending& ending, Effects& effects) noexcept {
  if (const auto* asking = std::get_if<AskingOthers>(&ending)) return leave(asking->code, effects);
  if (const auto* killing = std::get_if<KillingOthers>(&ending)) {
    return leave(killing->code, effects);
  }
  return ending;
}

std::optional<Instant> deadline(const Ending& ending) noexcept {
  if (const auto* asking = std::get_if<AskingOthers>(&ending)) return asking->kill_at;
  if (const auto* killing = std::get_if<KillingOthers>(&ending)) return killing->repeat_at;
  return std::nullopt;
}

}  // namespace pmx
