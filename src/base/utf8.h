// Is it UTF-8, and where not, how much of it is not (the WHATWG decoder's view).
#pragma once

#include <cstddef>
#include <string_view>

namespace pmx {

// Whether a byte goes on with a character; it begins none.
[[nodiscard]] constexpr bool is_continuation(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

// Valid from the first byte to the last: no overlong form, no surrogate, nothing cut short.
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

// The character at the front of a text, or else the longest part that a decoder replaces as one.
struct Utf8Part {
  std::size_t size = 0;  // 1 to 4 when valid, 1 to 3 when not
  bool valid = false;
};

// `text` is not empty. Its end counts as the end of everything: a cut character is invalid.
[[nodiscard]] Utf8Part first_utf8_part(std::string_view text) noexcept;

}  // namespace pmx
