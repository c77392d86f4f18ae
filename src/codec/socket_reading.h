// The key `sockets`: where to listen for an app.
#pragma once

#include <string_view>

#include "codec/document.h"
#include "codec/manifest_reading.h"
#include "core/app_settings.h"

namespace pmx {

// Of the map that one of them may be.
inline constexpr std::string_view kSocketKeys = "listen name backlog";

void read_sockets(ManifestReading& reading, const Node& node, AppSettings& app);

}  // namespace pmx
