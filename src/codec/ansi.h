// Terminal escape sequences inside a line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pmx {

inline constexpr char kEscape = '\x1b';
// A longer one is taken for text, so that nobody waits for an end that may never come.
inline constexpr std::size_t kLongestSequence = 2'048;

// The size of the sequence at the front of `text` (which begins with ESC), or 0 if there is none:
// CSI to its final byte, OSC to BEL or ST, ESC and what other two-byte sequences end in. An
// unfinished one is none.
[[nodiscard]] std::size_t ansi_sequence_size(std::string_view text) noexcept;

// What of a text a terminal only shows: characters, colours (SGR), tabs and line ends. Nothing
// moves its cursor, sets its title or answers in a person's name.
[[nodiscard]] std::string without_orders(std::string_view text);

}  // namespace pmx
