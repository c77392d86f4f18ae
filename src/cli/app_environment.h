// The variables that an app is started with.
#pragma once

#include <string>

#include "cli/options.h"
#include "core/app_settings.h"
#include "core/environment.h"
#include "core/problem.h"

namespace pmx::cli {

// Ours, and what a *.config.js has set while it was evaluated, without what the app filters out.
// `folder` is where it was told to work; empty: where we do.
[[nodiscard]] Environment inherited_environment(const AppSettings& settings,
                                                const std::string& folder);

// Over what is there: files, `name`, `env`, `port`, the chosen env_<name>, --env-file, --env. Files
// are looked for below `folder`.
void set_variables(const AppSettings& settings, const Options& options, const std::string& folder,
                   Environment& environment, Problems& problems);

}  // namespace pmx::cli
