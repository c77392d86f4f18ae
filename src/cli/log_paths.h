// Which files a manifest means with `out_file`, `error_file` and `log_file`.
#pragma once

#include <string>

#include "core/app_settings.h"
#include "core/manifest.h"

namespace pmx::cli {

// `app` has its environment and clustering already; relative paths begin at `folder`.
[[nodiscard]] LogFiles log_files_of(const AppSettings& settings, const App& app,
                                    const std::string& folder);

}  // namespace pmx::cli
