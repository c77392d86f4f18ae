// One option's argument, checked and put in its place.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "cli/option_table.h"
#include "cli/options.h"

namespace pmx::cli {

// The error is the rule that the argument breaks: "is not a duration (…)".
[[nodiscard]] std::expected<void, std::string> set_option(Options& options, const OptionRow& row,
                                                          std::string_view argument);

}  // namespace pmx::cli
