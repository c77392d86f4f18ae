// A terminal that a program draws on: each key comes at once, and is not shown (termios(3)).
#pragma once

#include <termios.h>

#include <cstddef>
#include <optional>

namespace pmx::os {

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

// Of standard output; what is usual where it is not known.
[[nodiscard]] TerminalSize terminal_size() noexcept;

// Standard input, from the constructor to the destructor. Ctrl-C is a key like any other.
class RawTerminal {
 public:
  RawTerminal() noexcept;
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  std::optional<termios> before_;
};

}  // namespace pmx::os
