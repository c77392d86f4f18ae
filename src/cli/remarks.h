// What is not done as it was asked for, and why: in sentences.
#pragma once

#include <vector>

#include "cli/options.h"
#include "cli/resolve.h"
#include "core/manifest_settings.h"
#include "runtime/loop.h"

namespace pmx::cli {

// Adds those about options that mean nothing for these apps.
void note_options_without_effect(const ManifestSettings& settings, const Options& options,
                                 std::vector<runtime::Remark>& remarks);

// All that is to be said when the apps run, with those about keys that mean nothing.
[[nodiscard]] std::vector<runtime::Remark> remarks_of(const Resolved& resolved);

}  // namespace pmx::cli
