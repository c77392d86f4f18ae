// pmx-init under the name pm2-runtime: that program's arguments, as options of our own.
#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "cli/parse_options.h"

namespace pmx::cli {

// "pm2-runtime", and "pm2-docker", as it was called before.
[[nodiscard]] bool is_pm2_runtime(std::string_view name) noexcept;

// `pm2-runtime [start] TARGET... [-- ARGS]`. Options that it does not have but we do are taken too.
// Its defaults are that program's: raw output, SIGINT to stop, and 1.6 s until SIGKILL.
[[nodiscard]] std::expected<Options, UsageError> parse_pm2_runtime(
    const std::vector<std::string_view>& arguments,
    const std::vector<std::string_view>& environment);

}  // namespace pmx::cli
