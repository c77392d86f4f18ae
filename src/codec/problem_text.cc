#include "codec/problem_text.h"

namespace pmx {

std::string describe(const Problem& problem, std::string_view file) {
  std::string line(file);
  if (problem.mark.line != 0) {
    line += ':' + std::to_string(problem.mark.line) + ':' + std::to_string(problem.mark.column);
  }
  line += ": ";
  if (!problem.path.empty()) line += problem.path + ": ";
  if (!problem.value.empty()) line += problem.value + ' ';
  line += problem.rule;
  if (!problem.suggestion.empty()) line += "; " + problem.suggestion;
  return line;
}

}  // namespace pmx
