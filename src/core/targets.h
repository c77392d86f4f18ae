// Whom a person means.
#pragma once

#include <string_view>
#include <vector>

#include "base/ids.h"
#include "core/roster.h"

namespace pmx {

// The instances of an app by its name, one by "name[number]" or by its id, those of a namespace, or
// "all": the first of these that there is. Nobody: there is no such target. Those who come or go in
// a reload are among them.
[[nodiscard]] std::vector<InstanceId> find_target(const Roster& roster, std::string_view target);

// The name of an app or namespace that is spelled nearly so; empty when there is none.
[[nodiscard]] std::string_view nearest_target(const Roster& roster, std::string_view target);

}  // namespace pmx
