// Keys of an app that say how its instances share connections, each read into it or refused.
#pragma once

#include "codec/document.h"
#include "codec/manifest_reading.h"
#include "core/app_settings.h"

namespace pmx {

void read_exec_mode(ManifestReading& reading, const Node& node, AppSettings& app);
void read_instances(ManifestReading& reading, const Node& node, AppSettings& app);
void read_balance(ManifestReading& reading, const Node& node, AppSettings& app);
void read_drain_timeout(ManifestReading& reading, const Node& node, AppSettings& app);
void read_parallel(ManifestReading& reading, const Node& node, AppSettings& app);
void read_preload(ManifestReading& reading, const Node& node, AppSettings& app);

}  // namespace pmx
