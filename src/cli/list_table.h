// Instances as people read them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "codec/document.h"

namespace pmx::cli {

struct TableStyle {
  bool has_boxes = false;  // lines around the cells
  bool has_colours = false;
  std::size_t width = 0;                // of the terminal, in columns; 0: as wide as it becomes
  std::optional<std::size_t> chosen{};  // the row that is marked
};

// With pm2's columns and words. What does not fit the width is left out, the least important first.
[[nodiscard]] std::string list_table(const Node::List& instances, const TableStyle& style);

// Everything that is known, a line each.
[[nodiscard]] std::string description_of(const Node::List& instances);

// "api[0] is online, process 17"
[[nodiscard]] std::string one_line_on(const Node& instance);

}  // namespace pmx::cli
