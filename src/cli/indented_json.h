// JSON with a line for each value.
#pragma once

#include <string>
#include <string_view>

namespace pmx::cli {

// Of JSON text without white space between its tokens. Lists of plain values stay in one line.
[[nodiscard]] std::string indented_json(std::string_view json);

}  // namespace pmx::cli
