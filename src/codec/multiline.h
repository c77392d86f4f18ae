// Which lines belong together (--multiline): told one line after the other, never asked back.
#pragma once

#include <optional>
#include <string_view>

#include "core/output_policy.h"

namespace pmx {

// A block of lines as far as it was read. In `indent` it is any line with the indented ones behind
// it. In `node` it is what Node prints for an error: its head and stack, or the whole form for an
// uncaught one (place, source, caret, the error, its properties, "Node.js v...").
class Block {
 public:
  enum class Verdict : unsigned char {
    joins,      // belongs to the block, and the next line may, too
    completes,  // belongs to it and is its last line
    foreign,    // does not belong to it: the block ended before this line
  };

  // The block that begins with this line, if one could. Lines have no line end.
  [[nodiscard]] static std::optional<Block> begun_by(std::string_view line,
                                                     Multiline mode) noexcept;
  // The line after those that were told before.
  [[nodiscard]] Verdict next(std::string_view line) noexcept;
  // The lines so far are one record. If not, they only looked like the beginning of a block.
  [[nodiscard]] bool is_formed() const noexcept;

 private:
  enum class State : unsigned char {
    any_line,   // indent: more indented lines
    place,      // uncaught: `path:number`; the source comes next
    source,     // then the caret
    report,     // after the caret, before the stack: the error's message, of any shape
    head,       // an error's first line; the rest of its message or its stack comes next
    stack,      // `    at ...`
    properties  // between ` {` and `}`
  };

  Block(State state, bool uncaught) noexcept : state_(state), uncaught_(uncaught) {}
  [[nodiscard]] Verdict after_head(std::string_view line) noexcept;
  [[nodiscard]] Verdict after_stack(std::string_view line) noexcept;
  [[nodiscard]] Verdict among_properties(std::string_view line) noexcept;
  Verdict enter(State state) noexcept;
  [[nodiscard]] Verdict enter_after(std::string_view line) noexcept;

  State state_;
  bool uncaught_;
  int message_lines_ = 0;
};

}  // namespace pmx
