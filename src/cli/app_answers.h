// What apps tell over their channels, as people read it.
#pragma once

#include <string>
#include <string_view>

#include "codec/document.h"

namespace pmx::cli {

// A text as it is; anything else as JSON.
[[nodiscard]] std::string whole(const Node& node);

// The same of a member; empty where there is none.
[[nodiscard]] std::string member_of(const Node& map, std::string_view key);

// "api[0]: {"clean":true}" for each instance that has answered; a text stands as it is.
[[nodiscard]] std::string answers_of(const Node::List& instances);

// "9.48 MiB", of its value and unit.
[[nodiscard]] std::string metric_text(const Node& metric);

// "Heap Size 9.48 MiB", a line each, behind so many spaces.
[[nodiscard]] std::string metrics_text(const Node::Map& metrics, std::size_t indent);

}  // namespace pmx::cli
