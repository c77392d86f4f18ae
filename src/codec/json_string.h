// Text as the inside of a JSON string (RFC 8259, section 7).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace pmx {

struct Escaped {
  std::size_t consumed = 0;  // bytes of the text
  std::size_t written = 0;   // bytes of the output
};

// Any bytes in, valid UTF-8 JSON string content out, without the quotes: `"`, `\` and everything
// below 0x20 escaped, valid UTF-8 copied byte for byte, one U+FFFD for each maximal invalid part
// (the WHATWG decoder's rule). Stops before the first character whose form does not fit; never
// writes part of a character or of an escape.
[[nodiscard]] Escaped escape_json(std::string_view text, std::span<char> out) noexcept;

// The line at the front of `bytes` (scan_line() says where it ends; the end is consumed, and not
// written), found and escaped in one pass. Nothing where no line end was found, or there are not
// 130 bytes more than its form: then what was written to `out` means nothing.
[[nodiscard]] std::optional<Escaped> escape_json_line(std::string_view bytes,
                                                      std::span<char> out) noexcept;

}  // namespace pmx
