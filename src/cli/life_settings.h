// How an app lives, by what its manifest says and by what is usual.
#pragma once

#include "core/app_settings.h"
#include "core/instance_state.h"

namespace pmx::cli {

// Another app may await that it is completed; called as pm2-runtime, its own values are usual.
[[nodiscard]] LifePolicy life_of(const AppSettings& settings, bool is_awaited_as_completed,
                                 bool is_pm2);

}  // namespace pmx::cli
