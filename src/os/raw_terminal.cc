#include "os/raw_terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace pmx::os {

TerminalSize terminal_size() noexcept {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0) {
    return {};
  }
  return {size.ws_col, size.ws_row};
}

RawTerminal::RawTerminal() noexcept {
  termios now{};
  if (::tcgetattr(STDIN_FILENO, &now) < 0) return;
  before_ = now;
  now.c_iflag &= ~static_cast<tcflag_t>(IXON);
  now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &now);
}

RawTerminal::~RawTerminal() {
  if (before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
}

}  // namespace pmx::os
