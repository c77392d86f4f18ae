// The exit codes of pmx-init itself (docs/cli.md). The command's own codes pass through.
#pragma once

namespace pmx {

enum class ExitCode : int {
  ok = 0,
  usage = 2,             // the command line, or later a manifest, has problems: nothing was started
  nobody_answers = 3,    // a command found no pmx-init to give it to
  cannot_work = 125,     // pmx-init itself cannot do its work
  cannot_execute = 126,  // the command is there, but cannot be executed
  command_missing = 127,  // the command is not found
};

[[nodiscard]] constexpr int number(ExitCode code) noexcept { return static_cast<int>(code); }

}  // namespace pmx
