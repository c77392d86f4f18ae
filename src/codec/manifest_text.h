// A manifest that runs, as the JSON of one that can be run.
#pragma once

#include <string>
#include <vector>

#include "core/manifest.h"

namespace pmx {

// What the apps and `end` are, by the keys of a manifest; what only options can say is left out. Of
// an environment those variables that are not `inherited` themselves, which is as `environ` is;
// a value with an origin is written as that.
[[nodiscard]] std::string manifest_text(const std::vector<App>& apps, const EndPolicy& end,
                                        const char* const* inherited);

}  // namespace pmx
