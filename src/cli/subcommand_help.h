// What `pmx-init help SUBCOMMAND` says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pmx::cli {

// How it is written, what it does, and the options that are its own. Nothing: there is no such
// subcommand.
[[nodiscard]] std::optional<std::string> help_on_subcommand(std::string_view name);

}  // namespace pmx::cli
