// JSON as people write it by hand, comments included, with the place of each value.
#pragma once

#include <expected>
#include <string_view>

#include "codec/document.h"

namespace pmx {

// RFC 8259 with `//` and `/* */` comments; a byte order mark in front is allowed.
[[nodiscard]] std::expected<Node, SyntaxProblem> parse_json_document(std::string_view text);

}  // namespace pmx
