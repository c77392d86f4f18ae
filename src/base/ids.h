// Small numbers that must not be mistaken for each other.
#pragma once

#include <compare>

namespace pmx {

enum class Pid : int {};
enum class SignalNumber : int {};  // 1..64 as Linux numbers them; 0 where a signal can be absent

// How a process ended: with an exit code, or by a signal. Never both.
struct ExitStatus {
  int code = 0;
  int signal = 0;

  // What a shell would report as $?: the code, or 128 + the signal's number.
  [[nodiscard]] constexpr int shell_code() const noexcept {
    return signal != 0 ? 128 + signal : code;
  }
  [[nodiscard]] constexpr bool ok() const noexcept { return code == 0 && signal == 0; }

  friend bool operator==(ExitStatus, ExitStatus) = default;
};

// Which instance of which app, as an index into the supervisor's table.
enum class InstanceId : unsigned {};

// A socket at which workers of a cluster listen; numbers are never used again, and 0 is none.
enum class ListenerId : unsigned {};

}  // namespace pmx
