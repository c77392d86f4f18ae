// From what a manifest file says to settings, or to everything that is wrong with it.
#pragma once

#include <expected>

#include "codec/document.h"
#include "core/manifest_settings.h"
#include "core/problem.h"

namespace pmx {

// {"apps": […]}, one app, or a list of apps; "pm2" serves as "apps", as it does in a package.json.
[[nodiscard]] std::expected<ManifestSettings, Problems> read_manifest(const Node& document);

// The same, with all that can be read beside the problems, if there are any.
[[nodiscard]] ManifestSettings read_manifest(const Node& document, Problems& problems);

}  // namespace pmx
