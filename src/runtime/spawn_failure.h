// Why a process could not be started, as a sentence that names what to change.
#pragma once

#include <string>
#include <vector>

#include "base/spawn_stage.h"
#include "core/process_settings.h"

namespace pmx::runtime {

// "changing directory to /srv: no such file or directory"; the command is that of the settings, or
// another that was to run with them.
[[nodiscard]] std::string describe_spawn_failure(const SpawnError& error,
                                                 const ProcessSettings& settings,
                                                 const std::vector<std::string>& command);

}  // namespace pmx::runtime
