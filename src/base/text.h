// Small things done to text: trim, split, numbers, and the word somebody probably meant.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

namespace pmx {

// ASCII's, whatever the locale.
[[nodiscard]] constexpr bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }

// Without the spaces, tabs, carriage returns and newlines around it.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

// The part before the first `separator`; `rest` becomes what follows it (empty when there is none).
std::string_view next_field(std::string_view& rest, char separator) noexcept;

// Whether `word` is one of those in `words`, which have a space between them.
[[nodiscard]] bool is_among(std::string_view word, std::string_view words) noexcept;

// The next run of characters that are not white space; empty at the end. `rest` becomes what
// follows.
[[nodiscard]] std::string_view next_word(std::string_view& rest) noexcept;

// The last part of a path: "/usr/bin/node" is "node".
[[nodiscard]] std::string_view base_name(std::string_view path) noexcept;

// The whole text as a decimal number, or nothing: no sign for unsigned types, no white space.
template <std::integral Number>
[[nodiscard]] constexpr std::optional<Number> parse_number(std::string_view text,
                                                           int base = 10) noexcept {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

// ASCII only: names of signals, limits and capabilities are compared without case.
[[nodiscard]] bool same_ignoring_case(std::string_view a, std::string_view b) noexcept;

// The candidate that a mistyped word most likely stands for; nothing when none is close.
[[nodiscard]] std::optional<std::string_view> nearest_word(
    std::string_view word, std::span<const std::string_view> candidates) noexcept;

}  // namespace pmx
