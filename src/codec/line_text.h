// The text of a line as it goes into a record.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace pmx {

struct Taken {
  std::size_t consumed = 0;  // bytes of the line
  std::size_t written = 0;   // bytes of the output
};

// How lines become text: escaped for a JSON string or as they are, with or without their terminal
// escape sequences (a sequence also ends the character before it).
struct LineText {
  bool json = true;
  bool strip_ansi = false;

  // As much of a line as fits; looks at no more than `longest` bytes of it, a sequence that begins
  // within them included. Never cuts a character, an escape or a sequence.
  [[nodiscard]] Taken write(std::string_view line, std::size_t longest,
                            std::span<char> out) const noexcept;
};

}  // namespace pmx
