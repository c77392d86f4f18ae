#include "cli/source_problem.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace pmx::cli {

void add_problem(std::vector<SourceProblem>& all, SourceProblem problem,
                 const std::vector<std::string>& files) {
  // A line of 0 is none, and counts as the last one.
  const auto place_of = [&](const SourceProblem& found) {
    const auto& [line, column] = found.problem.mark;
    return std::tuple(std::ranges::find(files, found.file) - files.begin(), line - 1, column);
  };
  const auto place = place_of(problem);
  auto at = all.end();
  while (at != all.begin() && place_of(at[-1]) > place) --at;
  for (auto same = at; same != all.begin() && place_of(same[-1]) == place; --same) {
    if (same[-1] == problem) return;
  }
  all.insert(at, std::move(problem));
}

}  // namespace pmx::cli
