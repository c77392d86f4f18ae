#include "runtime/recent_lines.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace pmx::runtime {
namespace {

constexpr InstanceId kFirst{0};

std::vector<std::string> all_from(const RecentLines& lines, RecentLines::Position position,
                                  bool* has_skipped = nullptr) {
  std::vector<std::string> found;
  bool skipped = false;
  while (const auto line = lines.next(kFirst, position, skipped)) found.emplace_back(*line);
  if (has_skipped != nullptr) *has_skipped = skipped;
  return found;
}

TEST_CASE("the last records are those that were kept last") {
  RecentLines lines(1);
  CHECK(all_from(lines, lines.before_last(kFirst, 5)).empty());
  lines.keep(kFirst, "one\ntwo\n");
  lines.keep(kFirst, "three\n");
  CHECK(all_from(lines, lines.before_last(kFirst, 2)) == std::vector<std::string>{"two", "three"});
  CHECK(all_from(lines, lines.before_last(kFirst, 9)).size() == 3);
  CHECK(all_from(lines, lines.before_last(kFirst, 0)).empty());
}

TEST_CASE("memory is bounded, and who is slow is told that something is gone") {
  RecentLines lines(1);
  const RecentLines::Position start = lines.before_last(kFirst, 0);
  const std::string line(99, 'x');
  for (int n = 0; n < 10'000; ++n) lines.keep(kFirst, line + std::to_string(n) + "\n");
  bool has_skipped = false;
  const auto left = all_from(lines, start, &has_skipped);
  CHECK(has_skipped);
  CHECK(left.size() > 32 * 1024 / 110);
  CHECK(left.size() < 2 * 32 * 1024 / 100);
  CHECK(left.front().size() > 99);  // a whole one
  CHECK(left.back() == line + "9999");
}

TEST_CASE("of more than is kept at once the end is kept, from the begin of a record") {
  RecentLines lines(1'000);
  std::string much;
  for (int n = 0; n < 1'000; ++n) much += "line " + std::to_string(n) + "\n";
  lines.keep(kFirst, "before\n");
  lines.keep(kFirst, much);
  const auto left = all_from(lines, lines.before_last(kFirst, 10'000));
  CHECK(left.front().starts_with("line "));
  CHECK(left.back() == "line 999");
  CHECK(left.size() < 300);
}

}  // namespace
}  // namespace pmx::runtime
