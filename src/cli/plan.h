// What would come of a manifest, for who wrote it.
#pragma once

#include <string>
#include <vector>

#include "cli/resolve.h"

namespace pmx::cli {

// What is not done as it was asked for, or not as somebody may expect it; sentences.
[[nodiscard]] std::vector<std::string> warnings_of(const Resolved& resolved);

// For people.
[[nodiscard]] std::string plan_as_text(const Resolved& resolved);

// One JSON document (docs/cli.md, "plan"), and a newline.
[[nodiscard]] std::string plan_as_json(const Resolved& resolved);

}  // namespace pmx::cli
