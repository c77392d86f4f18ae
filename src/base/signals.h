// Linux's signals by number and name. The numbers are those of x86-64 and arm64 alike
// (signal(7), "Signal numbering for standard signals").
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ids.h"

namespace pmx {

inline constexpr SignalNumber kSigHup{1}, kSigInt{2}, kSigQuit{3}, kSigIll{4}, kSigTrap{5},
    kSigAbrt{6}, kSigBus{7}, kSigFpe{8}, kSigKill{9}, kSigUsr1{10}, kSigSegv{11}, kSigUsr2{12},
    kSigPipe{13}, kSigTerm{15}, kSigChld{17}, kSigCont{18}, kSigStop{19}, kSigTstp{20},
    kSigTtin{21}, kSigTtou{22}, kSigXfsz{25}, kSigWinch{28}, kSigSys{31};
inline constexpr int kSignalCount = 64;

[[nodiscard]] constexpr int number(SignalNumber signal) noexcept {
  return static_cast<int>(signal);
}

class SignalSet {
 public:
  // From 1 to 64; others are in no set.
  constexpr void add(SignalNumber signal) noexcept { bits_ |= bit(signal); }
  [[nodiscard]] constexpr bool has(SignalNumber signal) const noexcept {
    return (bits_ & bit(signal)) != 0;
  }

 private:
  static constexpr std::uint64_t bit(SignalNumber signal) noexcept {
    const int n = number(signal);
    return n < 1 || n > kSignalCount ? 0 : std::uint64_t{1} << (n - 1);
  }

  std::uint64_t bits_ = 0;
};

// "SIGTERM"; real-time signals as "SIGRTMIN+n". Two that libcs keep for themselves are "SIG32",
// "SIG33".
[[nodiscard]] std::string_view signal_name(SignalNumber signal) noexcept;

// "SIGTERM", "TERM", "term", "15", "RTMIN+3", "RTMAX-1": a number from 1 to 64, or nothing.
[[nodiscard]] std::optional<SignalNumber> parse_signal(std::string_view text) noexcept;

}  // namespace pmx
