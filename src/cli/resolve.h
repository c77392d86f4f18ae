// From settings to the manifest that runs: users, files and the environment looked up.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "cli/options.h"
#include "core/manifest.h"
#include "core/manifest_settings.h"
#include "core/problem.h"
#include "runtime/loop.h"

namespace pmx::cli {

struct Resolved {
  Manifest manifest;
  std::string control;  // where commands are taken, "off", or empty: the usual place
  std::vector<runtime::Remark> remarks;  // what is not done as it was asked for, and why
};

// The settings must be valid. What cannot be looked up is a problem, all of them at once. `output`
// is that of who says nothing about it.
[[nodiscard]] std::expected<Resolved, Problems> resolve(const ManifestSettings& settings,
                                                        const Options& options,
                                                        const OutputPolicy& output);

}  // namespace pmx::cli
