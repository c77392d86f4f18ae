#include "codec/multiline.h"

#include <algorithm>

#include "base/text.h"
#include "codec/ansi.h"

namespace pmx {
namespace {

// A longer message is not looked through for its stack.
constexpr int kMostMessageLines = 64;

// Node's longest code has some forty letters.
constexpr std::size_t kLongestCode = 80;

constexpr bool is_blank(char byte) noexcept { return byte == ' ' || byte == '\t'; }

bool is_indented(std::string_view line) noexcept { return !line.empty() && is_blank(line.front()); }

// Node greys out its own frames if colours are forced on it.
std::string_view without_colour(std::string_view line) noexcept {
  while (line.starts_with(kEscape)) {
    const std::size_t size = ansi_sequence_size(line);
    if (size == 0) break;
    line.remove_prefix(size);
  }
  return line;
}

// The line up to its "Error" ends with the begin of such a name in brackets: "DOMException [Abort".
bool is_in_brackets(std::string_view before) noexcept {
  const std::size_t bracket = before.rfind(" [");
  return bracket != before.npos && bracket > 0 && !before.substr(bracket + 2).contains(' ');
}

// "(node:17) Warning: x", "(node:17) [DEP0005] DeprecationWarning: x".
bool is_warning_head(std::string_view line) noexcept {
  constexpr std::string_view kBegin = "(node:";
  if (!line.starts_with(kBegin)) return false;
  const std::size_t end = line.find_first_not_of("0123456789", kBegin.size());
  return end != line.npos && line.substr(end).starts_with(") ") && line.contains(": ");
}

// "TypeError: x", "Error"; "Error [ERR_X]: x", as Node writes an error that has a code; and
// "HttpException [Error]: x" and "HttpException [Error]" of a class that is called otherwise.
bool is_error_head(std::string_view line) noexcept {
  if (line.ends_with("Error") || is_warning_head(line)) return true;
  constexpr std::string_view kError = "Error";
  for (std::size_t at = line.find(kError); at != line.npos; at = line.find(kError, at + 1)) {
    const std::string_view rest = line.substr(at + kError.size());
    if (rest.starts_with(": ")) return true;
    if (rest.starts_with(" [") && rest.substr(0, kLongestCode).contains("]: ")) return true;
    const bool ends_name = rest == "]" || rest.starts_with("]: ");
    if (ends_name && is_in_brackets(line.substr(0, at))) return true;
  }
  return false;
}

// "/srv/app.js:12", "file:///srv/app.mjs:3", "node:fs:573", "[eval]:1".
bool is_place(std::string_view line) noexcept {
  std::size_t end = line.size();
  while (end > 0 && is_digit(line[end - 1])) --end;
  if (end == line.size() || end < 2 || line[end - 1] != ':') return false;
  const bool may_hold_spaces =
      line.starts_with('/') || line.starts_with("file://") || line.starts_with('[');
  return may_hold_spaces || !line.contains(' ');
}

bool is_caret(std::string_view line) noexcept {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == line.npos) return false;
  return std::ranges::all_of(
      line.substr(begin), [](char byte) { return byte == '^' || byte == '~' || is_blank(byte); });
}

bool is_frame(std::string_view line) noexcept {
  line = without_colour(line);
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  return indent >= 4 && line.substr(indent).starts_with("at ");
}

bool opens_properties(std::string_view line) noexcept { return line.ends_with(" {"); }

}  // namespace

std::optional<Block> Block::begun_by(std::string_view line, Multiline mode) noexcept {
  switch (mode) {
    case Multiline::off:
      return std::nullopt;
    case Multiline::indent:
      return Block(State::any_line, false);
    case Multiline::node:
      break;
  }
  if (is_place(line)) return Block(State::place, true);
  if (!is_error_head(line)) return std::nullopt;
  return Block(opens_properties(line) ? State::properties : State::head, false);
}

bool Block::is_formed() const noexcept {
  return state_ != State::place && state_ != State::source && state_ != State::head;
}

Block::Verdict Block::next(std::string_view line) noexcept {
  switch (state_) {
    case State::any_line:
      return is_indented(line) ? Verdict::joins : Verdict::foreign;
    case State::place:
      return enter(State::source);
    case State::source:
      return is_caret(line) ? enter(State::report) : Verdict::foreign;
    case State::report:
      if (line.starts_with("Node.js v")) return Verdict::completes;
      if (is_frame(line)) return enter_after(line);
      // An error without a stack of its own, such as that of Promise.any().
      return opens_properties(line) && is_error_head(line) ? enter(State::properties)
                                                           : Verdict::joins;
    case State::head:
      return after_head(line);
    case State::stack:
      return after_stack(line);
    case State::properties:
      return among_properties(line);
  }
  return Verdict::foreign;
}

Block::Verdict Block::enter(State state) noexcept {
  state_ = state;
  return Verdict::joins;
}

Block::Verdict Block::enter_after(std::string_view line) noexcept {
  return enter(opens_properties(line) ? State::properties : State::stack);
}

// A message may have many lines. Nothing but a frame says that they were one; a line that is a
// record or a head of its own says that they were not.
Block::Verdict Block::after_head(std::string_view line) noexcept {
  if (is_frame(line)) return enter_after(line);
  const bool is_other = line.starts_with('{') || line.starts_with("(Use `") || is_error_head(line);
  if (++message_lines_ > kMostMessageLines || is_other) return Verdict::foreign;
  return Verdict::joins;
}

// Besides frames: "    ... 4 lines matching cause stack trace ...", and of an unhandled `error`
// event where it was emitted, with a stack of its own.
Block::Verdict Block::after_stack(std::string_view line) noexcept {
  if (is_frame(line) || without_colour(line).starts_with("    ")) return enter_after(line);
  if (!uncaught_) return Verdict::foreign;
  if (line.starts_with("Node.js v")) return Verdict::completes;
  return line.empty() || line.starts_with("Emitted '") ? Verdict::joins : Verdict::foreign;
}

// Node indents everything between the braces.
Block::Verdict Block::among_properties(std::string_view line) noexcept {
  if (line == "}") return uncaught_ ? enter(State::stack) : Verdict::completes;
  return line.empty() || is_indented(line) ? Verdict::joins : Verdict::foreign;
}

}  // namespace pmx
