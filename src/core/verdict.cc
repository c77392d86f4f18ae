#include "core/verdict.h"

#include <cstddef>

namespace pmx {
namespace {

constexpr int kGivenUp = 1;  // although its last run said that all was well

}  // namespace

bool ends_well(const Manifest& manifest, ExitStatus status) noexcept {
  const auto code = static_cast<std::size_t>(status.shell_code());
  return code < manifest.ends_well.size() && manifest.ends_well[code];
}

bool is_end_by(SignalSet signals, ExitStatus status) noexcept {
  return signals.has(SignalNumber{status.shell_code() - 128});
}

int code_of(const Manifest& manifest, const Member& member) noexcept {
  if (!member.last_end) return 0;
  const ExitStatus status = *member.last_end;
  SignalSet asked_with;
  asked_with.add(member.app().life.stop_signal);
  const bool as_asked =
      member.was_asked_to_stop && !member.ended_as_failure && is_end_by(asked_with, status);
  if (as_asked || ends_well(manifest, status)) return 0;
  const bool is_given_up = std::holds_alternative<Errored>(member.instance.state);
  return is_given_up && status.ok() ? kGivenUp : status.shell_code();
}

}  // namespace pmx
