// With which code PID 1 ends (docs/cli.md, "Exit codes").
#pragma once

#include <optional>

#include "base/ids.h"
#include "core/manifest.h"
#include "core/members.h"

namespace pmx {

// Codes that the manifest reports as 0 (--remap-exit).
[[nodiscard]] bool ends_well(const Manifest& manifest, ExitStatus status) noexcept;

// Of that signal, or with 128 + its number: as programs end that were asked to with it.
[[nodiscard]] bool is_end_by(SignalNumber signal, ExitStatus status) noexcept;

// What an instance's last end counts as: 0 when it ended well, or as it was asked to, or has not
// ended at all.
[[nodiscard]] int code_of(const Manifest& manifest, const Member& member) noexcept;

struct Verdict {
  int code = 0;
  std::optional<InstanceId> by;  // whose code that is
};

// That of the instance which failed first, 0 and nobody's when none did.
[[nodiscard]] Verdict verdict_on_all(const Manifest& manifest, const Members& members) noexcept;

}  // namespace pmx
