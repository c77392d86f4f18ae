// What is wrong with a manifest, told to who asked for it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/source_problem.h"

namespace pmx::cli {

// For people: a line for each.
[[nodiscard]] std::string problems_as_text(std::span<const SourceProblem> problems);

// One JSON document (docs/control.md, "The protocol"), without a newline.
[[nodiscard]] std::string problems_as_json(const std::vector<SourceProblem>& problems);

// Prints them on stderr, and as JSON on stdout too where that is wanted. The exit code.
[[nodiscard]] int report_problems(const SourceFailure& failure, bool as_json);

}  // namespace pmx::cli
