// Turns offsets in a text into lines and columns.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/problem.h"

namespace pmx {

// For offsets that only grow: it goes on from the last one.
class MarkRuler {
 public:
  explicit MarkRuler(std::string_view text) : text_(text) {}

  Mark mark_of(std::size_t offset) {
    for (; at_ < offset; ++at_) {
      if (text_[at_] != '\n') continue;
      ++line_;
      line_begin_ = at_ + 1;
    }
    return {line_, static_cast<unsigned>(offset - line_begin_ + 1)};
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  unsigned line_ = 1;
};

}  // namespace pmx
