// How PID 1 ends: what is left is asked, then killed, then left behind.
#pragma once

#include <optional>
#include <variant>

#include "base/time.h"
#include "core/effect.h"
#include "core/manifest.h"

namespace pmx {

// Longer than killed processes need; those in uninterruptible sleep are not waited for.
inline constexpr Duration kKillPatience{2'000};

struct NotEnding {};
struct AskingOthers {  // they have SIGTERM
  Instant kill_at;
  Duration grace;  // until then
  int code;
};
struct KillingOthers {  // they have SIGKILL; new ones may have been forked meanwhile
  Instant repeat_at;
  Instant leave_at;
  int code;
};
struct Leaving {
  int code;
};
using Ending = std::variant<NotEnding, AskingOthers, KillingOthers, Leaving>;

// The last app has ended; its process was `last`. Its group gets the signal, which may be none, if
// the policy says so.
[[nodiscard]] Ending begin_ending(const EndPolicy& policy, std::optional<Pid> last,
                                  SignalNumber group_signal, int code, Instant now,
                                  Effects& effects) noexcept;

// Time is up for the present step.
[[nodiscard]] Ending continue_ending(const Ending& ending, Instant now, Effects& effects) noexcept;

// Nobody is left to wait for.
[[nodiscard]] Ending finish_ending(const Ending& ending, Effects& effects) noexcept;

[[nodiscard]] std::optional<Instant> deadline(const Ending& ending) noexcept;

}  // namespace pmx
