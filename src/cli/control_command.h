// The names of the subcommands that talk to the pmx-init that is running.
#pragma once

#include <string_view>

namespace pmx::cli {

// What the protocol calls it: "ls" is "list". Empty: it is no such subcommand, or not yet.
[[nodiscard]] std::string_view control_command(std::string_view subcommand) noexcept;

}  // namespace pmx::cli
