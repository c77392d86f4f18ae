#include "codec/problem_text.h"

#include "base/concat.h"

namespace pmx {

std::string describe(const Problem& problem, std::string_view file) {
  std::string line(file);
  if (problem.mark.line != 0) {
    append(line, ':', problem.mark.line, ':', problem.mark.column);
  }
  line += ": ";
  if (!problem.path.empty()) append(line, problem.path, ": ");
  if (!problem.value.empty()) append(line, problem.value, ' ');
  line += problem.rule;
  if (!problem.suggestion.empty()) append(line, "; ", problem.suggestion);
  return line;
}

}  // namespace pmx
