// The control protocol: one line of JSON for each request and each reply (docs/control.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "codec/document.h"

namespace pmx {

inline constexpr std::int64_t kControlVersion = 1;
inline constexpr std::size_t kLongestControlRequest = 1024 * 1024;  // with its newline

struct ControlRequest {
  std::string command;               // "restart"
  std::vector<std::string> targets;  // "api", "3", "api[1]"
  Node arguments;                    // the whole request, for what only some commands have

  [[nodiscard]] std::string_view text(std::string_view key) const noexcept;  // empty: not there
  [[nodiscard]] std::int64_t number(std::string_view key, std::int64_t fallback) const noexcept;
  [[nodiscard]] bool flag(std::string_view key) const noexcept;
};

// Without its newline. A sentence where it is none: no JSON, another version, no command.
[[nodiscard]] std::expected<ControlRequest, std::string> parse_control_request(
    std::string_view line);

}  // namespace pmx
