// Keys of an app about what its processes may do, each read into the app or refused.
#pragma once

#include <string_view>

#include "codec/document.h"
#include "codec/manifest_reading.h"
#include "core/app_settings.h"

namespace pmx {

inline constexpr std::string_view kCapabilityKeys = "keep ambient drop";

void read_capabilities(ManifestReading& reading, const Node& node, AppSettings& app);
void read_limits(ManifestReading& reading, const Node& node, AppSettings& app);
void read_umask(ManifestReading& reading, const Node& node, AppSettings& app);
void read_processors(ManifestReading& reading, const Node& node, AppSettings& app);

}  // namespace pmx
