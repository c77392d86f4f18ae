#include "runtime/recent_lines.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace pmx::runtime {
namespace {

constexpr InstanceId kFirst{0};
constexpr Stream kOut = Stream::standard_output;
constexpr Stream kError = Stream::standard_error;

std::vector<std::string> all_from(const RecentLines& lines, RecentLines::Position position,
                                  bool* has_skipped = nullptr) {
  std::vector<std::string> found;
  bool skipped = false;
  while (const auto line = lines.next(kFirst, position, skipped)) found.emplace_back(line->text);
  if (has_skipped != nullptr) *has_skipped = skipped;
  return found;
}

TEST_CASE("the last records are those that were kept last") {
  RecentLines lines(1);
  CHECK(all_from(lines, lines.before_last(kFirst, 5)).empty());
  lines.keep(kFirst, kOut, "one\ntwo\n");
  lines.keep(kFirst, kOut, "three\n");
  CHECK(all_from(lines, lines.before_last(kFirst, 2)) == std::vector<std::string>{"two", "three"});
  CHECK(all_from(lines, lines.before_last(kFirst, 9)).size() == 3);
  CHECK(all_from(lines, lines.before_last(kFirst, 0)).empty());
}

TEST_CASE("memory is bounded, and who is slow is told that something is gone") {
  RecentLines lines(1);
  const RecentLines::Position start = lines.before_last(kFirst, 0);
  const std::string line(99, 'x');
  for (int n = 0; n < 10'000; ++n) lines.keep(kFirst, kOut, line + std::to_string(n) + "\n");
  bool has_skipped = false;
  const auto left = all_from(lines, start, &has_skipped);
  CHECK(has_skipped);
  CHECK(left.size() > 32 * 1024 / 110);
  CHECK(left.size() < 2 * 32 * 1024 / 100);
  CHECK(left.front().size() > 99);  // a whole one
  CHECK(left.back() == line + "9999");
}

TEST_CASE("of each record it is known by which stream it came") {
  RecentLines lines(1'000);
  const auto streams_of = [&lines](std::size_t count) {
    std::string streams;
    bool skipped = false;
    auto position = lines.before_last(kFirst, count);
    while (const auto line = lines.next(kFirst, position, skipped)) {
      CHECK((line->stream == kError) == line->text.starts_with("bad"));
      streams += line->stream == kError ? 'e' : 'o';
    }
    return streams;
  };
  lines.keep(kFirst, kError, "bad\n");
  lines.keep(kFirst, kOut, "one\ntwo\n");
  lines.keep(kFirst, kError, "bad\n");
  CHECK(streams_of(9) == "eooe");
  CHECK(streams_of(2) == "oe");
  for (int n = 0; n < 5'000; ++n) {
    const bool is_bad = n % 3 == 0;
    lines.keep(kFirst, is_bad ? kError : kOut, is_bad ? "bad\n" : "good\n");
  }
  CHECK(streams_of(4) == "ooeo");
  CHECK(streams_of(9'999).size() > 200);
  lines.forget(kFirst);
  lines.keep(kFirst, kOut, "fresh\n");
  CHECK(streams_of(9) == "o");
}

TEST_CASE("of more than is kept at once the end is kept, from the begin of a record") {
  RecentLines lines(1'000);
  std::string much;
  for (int n = 0; n < 1'000; ++n) much += "line " + std::to_string(n) + "\n";
  lines.keep(kFirst, kOut, "before\n");
  lines.keep(kFirst, kOut, much);
  const auto left = all_from(lines, lines.before_last(kFirst, 10'000));
  CHECK(left.front().starts_with("line "));
  CHECK(left.back() == "line 999");
  CHECK(left.size() < 300);
}

}  // namespace
}  // namespace pmx::runtime
