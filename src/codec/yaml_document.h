// YAML as people write it by hand, with the place of each value.
#pragma once

#include <expected>
#include <string_view>

#include "codec/document.h"

namespace pmx {

// One document of YAML 1.2 with the core schema: what is plain and looks like null, true, false or
// a number is that, everything else is a text, `yes` and `on` included. Anchors, aliases and merge
// keys (`<<`) are understood; aliases may not make more of a text than kMostCopied bytes. A key
// that is there twice is a problem.
[[nodiscard]] std::expected<Node, SyntaxProblem> parse_yaml_document(std::string_view text);

inline constexpr std::size_t kMostCopied = 4U << 20;

}  // namespace pmx
