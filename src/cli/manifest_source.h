// From what was named on the command line to the settings of all apps, or to all that is wrong.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "cli/options.h"
#include "core/manifest_settings.h"
#include "core/problem.h"
#include "os/signal_mask.h"
#include "runtime/manifest_reader.h"

namespace pmx::cli {

struct SourceProblem {
  std::string file;  // or the option: "--kill-timeout"
  Problem problem;
};

struct SourceFailure {
  std::vector<SourceProblem> problems;
  int signal = 0;  // we were asked to stop meanwhile; then there are no problems
};

// The targets in their order, with the options that are keys of a manifest laid over every app. All
// names are filled in, and what contradicts itself is found. Nothing is looked up.
// Where a manifest is given it is the only target.
[[nodiscard]] std::expected<ManifestSettings, SourceFailure> load_settings(
    const Options& options, os::SignalMask child_mask, const runtime::GivenManifest& given = {});

// The manifest's text; of a *.config.js what it evaluates to, as JSON.
[[nodiscard]] std::expected<std::string, SourceFailure> load_document(const std::string& path,
                                                                      os::SignalMask child_mask);

// "ecosystem.config.js", "pm2.json", "apps.yaml": not a script.
[[nodiscard]] bool is_manifest_name(std::string_view path) noexcept;

}  // namespace pmx::cli
