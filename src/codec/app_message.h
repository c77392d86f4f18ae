// What apps tell of themselves over the channel, cut down to what is kept of it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace pmx {

inline constexpr std::size_t kMostMetrics = 64;  // of one instance
inline constexpr std::size_t kMostActions = 64;
inline constexpr std::size_t kLongestToldName = 128;   // of a metric or an action, as JSON text
inline constexpr std::size_t kLongestToldValue = 128;  // of a metric: its value, unit or type

// From the `data` of axm:monitor: {"Heap Size":{"value":"9.48","unit":"MiB","type":"…"}, …}. Of
// each metric its value, a text, a number, true, false or null, and its unit and type where these
// are texts. What is longer than it may be, or of another kind, is left out, and so is what finds
// no room.
[[nodiscard]] std::string_view read_metrics(std::string_view data, std::span<char> out) noexcept;

// From the `data` of axm:action: {"db:clean":true}. Empty where it names none, or too long a one.
[[nodiscard]] std::string_view read_action(std::string_view data, std::span<char> out) noexcept;

}  // namespace pmx
