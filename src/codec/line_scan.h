// Where the next line ends.
#pragma once

#include <cstddef>
#include <string_view>

namespace pmx {

struct LineScan {
  std::string_view text;  // without its line end; all there is when no line end was found
  std::size_t size = 0;   // of the text and its line end
  bool complete = false;  // a line end was found
};

// The line at the front of `bytes`. It ends at '\n'; one '\r' directly before that is part of the
// line end.
[[nodiscard]] LineScan scan_line(std::string_view bytes) noexcept;

}  // namespace pmx
