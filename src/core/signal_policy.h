// What a signal that we receive means for the app.
#pragma once

#include <array>
#include <cstdint>

#include "base/ids.h"
#include "base/named.h"
#include "base/signals.h"

namespace pmx {

enum class SignalScope : unsigned char { process, group };

// What a signal asks of us, besides or instead of being sent on.
enum class SignalMeaning : unsigned char {
  forward,
  ignore,
  stop,
  apply,   // read the manifest anew
  reload,  // replace the processes of all that run
};

inline constexpr std::array<Named<SignalMeaning>, 5> kSignalMeanings{
    {{"forward", SignalMeaning::forward},
     {"ignore", SignalMeaning::ignore},
     {"reload", SignalMeaning::reload},
     {"apply", SignalMeaning::apply},
     {"stop", SignalMeaning::stop}}};

struct SignalPolicy {
  // What is sent on in place of each signal; 0 sends nothing.
  std::array<std::uint8_t, kSignalCount + 1> forward_as{};
  std::array<SignalMeaning, kSignalCount + 1> meaning{};
  // After sending it on we stop ourselves, as a shell's job would.
  std::array<bool, kSignalCount + 1> halts_us{};
  SignalScope scope = SignalScope::process;
};

// Everything is sent on as it is, except SIGCHLD, which is ours, SIGKILL and SIGSTOP, which nobody
// receives, the faults, and SIGTTIN and SIGTTOU, which are about our own place at the terminal.
[[nodiscard]] SignalPolicy forward_everything() noexcept;

// dumb-init's: the faults, SIGTTIN and SIGTTOU too. To a session of its own signals go to the whole
// group, and SIGTSTP, SIGTTIN and SIGTTOU become SIGSTOP, because nobody could continue it as a
// job. Those three stop us as well.
[[nodiscard]] SignalPolicy forward_to_session(bool session) noexcept;

// Supervising: SIGTERM, SIGINT and SIGQUIT stop everything; SIGUSR1, SIGUSR2, SIGWINCH and SIGCONT
// are sent on to every app; SIGHUP reads the manifest anew; the others are ignored.
[[nodiscard]] SignalPolicy supervise() noexcept;

// The faults that the kernel raises against us (SIGSEGV and so on): better not blocked, so that a
// crash of ours is a crash.
[[nodiscard]] bool is_fault(SignalNumber signal) noexcept;

// Somebody can send it to us and mean something by it: neither a fault nor one of those that we
// never see (SIGKILL, SIGSTOP) or that tell of our own children (SIGCHLD).
[[nodiscard]] bool can_ask(SignalNumber signal) noexcept;

// From now on it means that.
void give_meaning(SignalPolicy& policy, SignalNumber signal, SignalMeaning meaning) noexcept;

// From now on `from` is sent on as `to`; 0 swallows it.
void rewrite(SignalPolicy& policy, SignalNumber from, SignalNumber to) noexcept;

[[nodiscard]] SignalNumber forwarded_as(const SignalPolicy& policy, SignalNumber signal) noexcept;
[[nodiscard]] SignalMeaning meaning_of(const SignalPolicy& policy, SignalNumber signal) noexcept;
[[nodiscard]] bool halts_us(const SignalPolicy& policy, SignalNumber signal) noexcept;

}  // namespace pmx
