// The states that an instance can be in, and what leads from one to another.
#pragma once

#include <string>

namespace pmx::cli {

[[nodiscard]] std::string states_as_text();
// One JSON document, and a newline.
[[nodiscard]] std::string states_as_json();
// For Graphviz: pmx-init states --dot | dot -Tsvg
[[nodiscard]] std::string states_as_dot();

}  // namespace pmx::cli
