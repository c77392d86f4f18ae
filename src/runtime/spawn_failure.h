// Why a process could not be started, as a sentence that names what to change.
#pragma once

#include <string>

#include "base/spawn_stage.h"
#include "core/process_settings.h"

namespace pmx::runtime {

// "changing directory to /srv: no such file or directory"
[[nodiscard]] std::string describe_spawn_failure(const SpawnError& error,
                                                 const ProcessSettings& settings);

}  // namespace pmx::runtime
