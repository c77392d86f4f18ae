// The rights of an app on files.
#pragma once

#include <optional>
#include <vector>

#include "core/manifest.h"
#include "os/file_user.h"
#include "os/process.h"

namespace pmx::runtime {

[[nodiscard]] inline os::FileUser user_of(const ProcessSettings& process) {
  os::FileUser user{process.user, process.group, process.groups.value_or(std::vector<unsigned>{}),
                    std::nullopt};
  if (process.capabilities) {
    const bool is_root = process.user.value_or(os::own_user()) == 0;
    user.capabilities = is_root ? process.capabilities->bounding : process.capabilities->ambient;
  }
  return user;
}

}  // namespace pmx::runtime
