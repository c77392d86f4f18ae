// A manifest that runs, as the JSON of one that can be run.
#pragma once

#include <string>
#include <vector>

#include "core/manifest.h"

namespace pmx {

// What the kernel calls a capability by its number: "CAP_KILL".
using CapabilityName = std::string (*)(unsigned capability);

// What the apps are, and the manifest around them, by the keys of a manifest; what only options can
// say is left out. Of an environment those variables that are not `inherited` themselves, which is
// as `environ` is; a value with an origin is written as that.
[[nodiscard]] std::string manifest_text(const Manifest& manifest, const std::vector<App>& apps,
                                        const char* const* inherited,
                                        CapabilityName capability_name);

}  // namespace pmx
