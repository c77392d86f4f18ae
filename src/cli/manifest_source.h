// From what was named on the command line to the settings of all apps, or to all that is wrong.
#pragma once

#include <expected>
#include <string>

#include "cli/options.h"
#include "cli/source_problem.h"
#include "core/manifest_settings.h"
#include "os/signal_mask.h"
#include "runtime/manifest_reader.h"

namespace pmx::cli {

struct LoadedSettings {
  ManifestSettings settings;  // all that could be read
  SourceFailure failure;      // nothing in it: they are right
};

// The targets in their order, with the options that are keys of a manifest laid over every app. All
// names are filled in that are known, and what contradicts itself is found. Nothing is looked up.
// Where a manifest is given it is the only target.
[[nodiscard]] LoadedSettings load_settings(const Options& options, os::SignalMask child_mask,
                                           const runtime::GivenManifest& given = {});

// The manifest's text; of a *.config.js what it evaluates to, as JSON.
[[nodiscard]] std::expected<std::string, SourceFailure> load_document(const std::string& path,
                                                                      os::SignalMask child_mask);

// "ecosystem.config.js", "pm2.json", "apps.yaml": not a script.
[[nodiscard]] bool is_manifest_name(std::string_view path) noexcept;

}  // namespace pmx::cli
