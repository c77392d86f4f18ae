// A map of environment variables in a manifest: texts, numbers, and files with secrets.
#pragma once

#include "codec/document.h"
#include "codec/manifest_reading.h"
#include "core/app_settings.h"

namespace pmx {

// A later setting of a name takes the place of an earlier one. Problems are left in `reading`.
void read_variables(ManifestReading& reading, const Node& node, VariableSettings& into);

}  // namespace pmx
