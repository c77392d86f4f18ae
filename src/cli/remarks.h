// Options that mean nothing for the apps that are chosen.
#pragma once

#include <vector>

#include "cli/options.h"
#include "core/manifest_settings.h"
#include "runtime/loop.h"

namespace pmx::cli {

// Adds those about options that mean nothing for these apps.
void note_options_without_effect(const ManifestSettings& settings, const Options& options,
                                 std::vector<runtime::Remark>& remarks);

}  // namespace pmx::cli
