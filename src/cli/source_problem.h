// What is wrong with a manifest, and in which file of several.
#pragma once

#include <string>
#include <vector>

#include "core/problem.h"

namespace pmx::cli {

struct SourceProblem {
  std::string file;  // or the option: "--kill-timeout"
  Problem problem;
  bool operator==(const SourceProblem&) const = default;
};

struct SourceFailure {
  std::vector<SourceProblem> problems;
  int signal = 0;  // we were asked to stop meanwhile; then there are no problems
};

// In the order of these files, and of the places in each; what has no place is last. None twice.
void add_problem(std::vector<SourceProblem>& all, SourceProblem problem,
                 const std::vector<std::string>& files);

}  // namespace pmx::cli
