// A problem of a manifest as one line for a person.
#pragma once

#include <string>
#include <string_view>

#include "core/problem.h"

namespace pmx {

// "ecosystem.json:3:14: apps[0].kill_timeout: "soon" is not a duration; 500ms, 8s, 5m, 1h".
// Line and column are left out where they are not known.
[[nodiscard]] std::string describe(const Problem& problem, std::string_view file);

}  // namespace pmx
