// What would come of a manifest, for who wrote it.
#pragma once

#include <string>

#include "cli/resolve.h"

namespace pmx::cli {

// For people.
[[nodiscard]] std::string plan_as_text(const Resolved& resolved);

// One JSON document (docs/cli.md, "plan"), and a newline.
[[nodiscard]] std::string plan_as_json(const Resolved& resolved);

}  // namespace pmx::cli
