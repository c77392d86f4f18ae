// Where the control socket is, for who opens it and for who looks for it (docs/control.md).
#pragma once

#include <expected>
#include <string>

#include "os/local_socket.h"

namespace pmx::cli {

// Of this pmx-init, when nobody chose another: "@pmx-init.4026531836", and with our pid behind it
// when we are not PID 1. Empty without /proc, which tells the PID namespace.
[[nodiscard]] os::LocalAddress own_control_address();

struct ControlFailure {
  int code = 0;  // what the client ends with
  std::string sentence;
};

// A connection to the pmx-init that is meant: by `chosen` (--control), else by PMX_CONTROL, else
// PID 1, else the only one of this PID namespace. Whoever answers is root or who we are.
[[nodiscard]] std::expected<os::UniqueFd, ControlFailure> connect_to_running(
    const std::string& chosen);

}  // namespace pmx::cli
