// Reads `log`: how output becomes records, for all apps or for one.
#pragma once

#include <string>

#include "codec/document.h"
#include "codec/manifest_reading.h"
#include "core/app_settings.h"
#include "core/manifest_settings.h"

namespace pmx {

// With a space between them.
[[nodiscard]] std::string log_keys(bool of_app);
[[nodiscard]] std::string log_stream_keys();

void read_log(ManifestReading& reading, const Node& node, ManifestSettings& manifest);
void read_app_log(ManifestReading& reading, const Node& node, AppSettings& app);

}  // namespace pmx
