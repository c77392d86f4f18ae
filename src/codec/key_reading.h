// Maps of a manifest, key by key, by the tables of keys.
#pragma once

#include "codec/document.h"
#include "codec/manifest_reading.h"
#include "core/app_settings.h"
#include "core/manifest_settings.h"

namespace pmx {

// Reads all keys of a map into the app; later ones of the same meaning win. Those that have
// problems it is told too.
void read_app_keys(ManifestReading& reading, const Node& node, AppSettings& app);

// Reads one key beside the apps, `frame` excepted; a key that there is not is a problem.
void read_manifest_key(ManifestReading& reading, const Node::Member& member,
                       ManifestSettings& manifest);

}  // namespace pmx
