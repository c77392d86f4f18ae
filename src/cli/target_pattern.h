// Targets that are patterns: /^api-/ means every app whose name matches (regex(7), extended).
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "codec/document.h"

namespace pmx::cli {

[[nodiscard]] bool is_pattern(std::string_view target) noexcept;

// Puts in place of each pattern the names of the apps that match. The error is a sentence: a
// pattern is wrong, or matches none.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> expand_patterns(
    const std::vector<std::string>& targets, const Node::List& instances);

}  // namespace pmx::cli
