// With which code PID 1 ends (docs/cli.md, "Exit codes").
#pragma once

#include <optional>

#include "base/ids.h"
#include "base/signals.h"
#include "core/manifest.h"
#include "core/members.h"

namespace pmx {

// Codes that the manifest reports as 0 (--remap-exit).
[[nodiscard]] bool ends_well(const Manifest& manifest, ExitStatus status) noexcept;

// Of one of these signals, or with 128 + its number: as programs end that were asked to with it.
[[nodiscard]] bool is_end_by(SignalSet signals, ExitStatus status) noexcept;

// What an instance's last end counts as: 0 when it ended well and was not given up, or as it was
// asked to, or has not ended at all.
[[nodiscard]] int code_of(const Manifest& manifest, const Member& member) noexcept;

struct Verdict {
  int code = 0;
  std::optional<InstanceId> by;  // whose code that is
};

// That of the instance which failed first, 0 and nobody's when none did.
template <class SomeMembers>
[[nodiscard]] Verdict verdict_on(const Manifest& manifest, const SomeMembers& members) noexcept {
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
