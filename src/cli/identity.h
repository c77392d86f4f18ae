// Who the command runs as: names looked up, and checked against what we are allowed to do.
#pragma once

#include <expected>
#include <string>

#include "cli/options.h"
#include "core/process_settings.h"

namespace pmx::cli {

// Why pmx-init itself cannot do its work; it ends with 125.
struct Refusal {
  std::string sentence;
};

// Fills in user, groups, capabilities and the variables that follow from them (HOME, USER,
// LOGNAME), which stand in front of what --env sets.
[[nodiscard]] std::expected<void, Refusal> apply_identity(const IdentityOptions& wanted,
                                                          ProcessSettings& settings);

}  // namespace pmx::cli
