// The key `sockets`: where to listen for an app.
#pragma once

#include "codec/document.h"
#include "codec/manifest_reading.h"
#include "core/app_settings.h"

namespace pmx {

void read_sockets(ManifestReading& reading, const Node& node, AppSettings& app);

}  // namespace pmx
