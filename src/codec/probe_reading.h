// The keys `ready`, `health` and `watchdog` of an app: how it is asked whether it works.
#pragma once

#include <string>

#include "codec/manifest_reading.h"
#include "core/app_settings.h"

namespace pmx {

// Of the map that each of them may be, with a space between them.
[[nodiscard]] std::string ready_keys();
[[nodiscard]] std::string health_keys();

void read_ready(ManifestReading& reading, const Node& node, AppSettings& app);
void read_health(ManifestReading& reading, const Node& node, AppSettings& app);
void read_watchdog(ManifestReading& reading, const Node& node, AppSettings& app);

}  // namespace pmx
