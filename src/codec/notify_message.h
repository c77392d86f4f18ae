// What a program says to its supervisor in one datagram (sd_notify(3)): lines of NAME=VALUE.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pmx {

// systemd takes no longer ones either.
inline constexpr std::size_t kLongestNotifyMessage = 4'096;

struct NotifyMessage {
  bool is_ready = false;
  bool is_stopping = false;
  bool feeds_watchdog = false;
  bool triggers_watchdog = false;
  std::optional<std::string_view> status{};  // a part of the datagram
  std::optional<std::string_view> main_process{};
};

// What is not understood is passed over; of two lines with one name the last counts.
[[nodiscard]] NotifyMessage parse_notify_message(std::string_view datagram) noexcept;

}  // namespace pmx
