// The rights of an app on files.
#pragma once

#include <vector>

#include "core/manifest.h"
#include "os/file_user.h"

namespace pmx::runtime {

[[nodiscard]] inline os::FileUser user_of(const ProcessSettings& process) {
  return {process.user, process.group, process.groups.value_or(std::vector<unsigned>{})};
}

}  // namespace pmx::runtime
