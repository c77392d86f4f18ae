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

// How two numbers of an app came about, for the person who asks: "all of 2 processors".
struct Reckoning {
  std::string instances;
  std::string memory_ceiling;  // empty: there is none
};

struct Resolved {
  Manifest manifest;
  std::string control;                // where commands are taken, "off", or empty: the usual place
  std::vector<Reckoning> reckonings;  // of each app
  std::vector<std::string> ignored;   // keys that mean nothing in a container: "deploy"
  std::vector<std::string> without_effect;  // keys that mean nothing yet: "api.watch"
  std::vector<std::string> overruled;       // keys of further manifests: "stop_timeout of b.json"
  std::vector<std::string> missing;      // programs, scripts and folders that are not there (yet)
  std::vector<runtime::Remark> remarks;  // what else is not done as it was asked for, and why
};

// Whether that is where a problem is which an option makes of who an app is to be.
[[nodiscard]] bool is_option_of_identity(std::string_view file) noexcept;

// All that is to be said when the apps run, with what is about keys that mean nothing.
[[nodiscard]] std::vector<runtime::Remark> remarks_of(const Resolved& resolved);

// At least 1, where so many processors may be used.
[[nodiscard]] unsigned instances_of(const InstanceCount& count, unsigned processors) noexcept;

// What cannot be looked up is a problem, all of them at once, but for those that only follow from
// what could not be read; only of valid settings comes a manifest that can run. `output` is that of
// who says nothing about it.
[[nodiscard]] std::expected<Resolved, Problems> resolve(const ManifestSettings& settings,
                                                        const Options& options,
                                                        const OutputPolicy& output);

}  // namespace pmx::cli
