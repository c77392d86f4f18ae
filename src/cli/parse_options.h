// From arguments and PMX_ variables to options.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"

namespace pmx::cli {

// A sentence without its speaker: `--grace: "soon" is not a duration (…)`.
struct UsageError {
  std::string sentence;
};

// `arguments` are those behind the program's name; `environment` is NAME=value, for PMX_ ones.
// Options win over variables.
[[nodiscard]] std::expected<Options, UsageError> parse_options(
    const std::vector<std::string_view>& arguments,
    const std::vector<std::string_view>& environment);

}  // namespace pmx::cli
