#include "cli/problem_report.h"

#include <cstdio>

#include "base/exit_code.h"
#include "codec/control_request.h"
#include "codec/json_writer.h"
#include "codec/problem_text.h"

namespace pmx::cli {

std::string problems_as_text(std::span<const SourceProblem> problems) {
  std::string text;
  for (const SourceProblem& found : problems) text += describe(found.problem, found.file) + "\n";
  return text;
}

std::string problems_as_json(const std::vector<SourceProblem>& problems) {
  std::string all = problems_as_text(problems);
  if (!all.empty()) all.pop_back();
  JsonWriter json;
  json.begin_object().member("version", kControlVersion).member("ok", false);
  json.member("code", number(ExitCode::usage)).member("error", all);
  json.key("problems").begin_array();
  for (const SourceProblem& found : problems) {
    json.begin_object().member("file", found.file);
    json.member("line", found.problem.mark.line).member("column", found.problem.mark.column);
    json.member("path", found.problem.path);
    json.member("msg", describe(found.problem, found.file)).end_object();
  }
  json.end_array().end_object();
  return std::move(json).text();
}

int report_problems(const SourceFailure& failure, bool as_json) {
  if (failure.signal != 0) return 128 + failure.signal;
  if (as_json) {
    std::puts(problems_as_json(failure.problems).c_str());
    std::fflush(stdout);
  }
  std::fputs(problems_as_text(failure.problems).c_str(), stderr);
  return number(ExitCode::usage);
}

}  // namespace pmx::cli
