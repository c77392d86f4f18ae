// Who the command runs as: names looked up, and checked against what we are allowed to do.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "cli/options.h"
#include "core/process_settings.h"

namespace pmx::cli {

// Why pmx-init itself cannot do its work; it ends with 125.
struct Refusal {
  std::string sentence;
};

// Names with commas between, as "net_bind_service,CAP_KILL", as bits; or what is wrong with them.
[[nodiscard]] std::expected<std::uint64_t, std::string> parse_capabilities(std::string_view list);

// Fills in user, groups, capabilities and the variables that follow from them (HOME, USER,
// LOGNAME), which stand in front of what --env sets.
[[nodiscard]] std::expected<void, Refusal> apply_identity(const IdentityOptions& wanted,
                                                          ProcessSettings& settings);

// In the form of --user. A group beside the user wins over one that is behind it, and without a
// user it is ours.
[[nodiscard]] std::string user_and_group(const std::string& user, const std::string& group);

}  // namespace pmx::cli
