#include "core/verdict.h"

#include <cstddef>

namespace pmx {

bool ends_well(const Manifest& manifest, ExitStatus status) noexcept {
  const auto code = static_cast<std::size_t>(status.shell_code());
  return code < manifest.ends_well.size() && manifest.ends_well[code];
}

bool is_end_by(SignalNumber signal, ExitStatus status) noexcept {
  return signal != SignalNumber{} && status.shell_code() == 128 + number(signal);
}

int code_of(const Manifest& manifest, const Member& member) noexcept {
  if (!member.last_end) return 0;
  const ExitStatus status = *member.last_end;
  const bool as_asked = member.was_asked_to_stop && !member.ended_as_failure &&
                        is_end_by(member.app().life.stop_signal, status);
  return as_asked || ends_well(manifest, status) ? 0 : status.shell_code();
}

Verdict verdict_on_all(const Manifest& manifest, const Members& members) noexcept {
  Verdict verdict;
  unsigned first = 0;
  for (const Member& member : members) {
    const int own = code_of(manifest, member);
    if (own == 0 || member.is_held || (first != 0 && member.ended_as >= first)) continue;
    first = member.ended_as;
    verdict = {own, member.id};
  }
  return verdict;
}

}  // namespace pmx
