// What a scalar of YAML stands for.
#pragma once

#include <optional>
#include <string_view>

#include "codec/document.h"

namespace pmx {

// By the core schema of YAML 1.2 (section 10.3.2), for a scalar without quotes.
[[nodiscard]] Node::Value core_schema_value(std::string_view text);

// As the tag has it: "tag:yaml.org,2002:str", int, float, bool, null. Nothing for another tag, and
// for a text that is none of the tag's.
[[nodiscard]] std::optional<Node::Value> tagged_value(std::string_view tag, std::string_view text);

}  // namespace pmx
