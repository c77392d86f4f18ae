#include "base/text.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace pmx {
namespace {

TEST_CASE("trimming takes white space from both ends only") {
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim("a") == "a");
  CHECK(trim(" \n\t\r") == "");
  CHECK(trim("") == "");
}

std::vector<std::string_view> fields(std::string_view text, char separator) {
  std::vector<std::string_view> found;
  while (!text.empty()) found.push_back(next_field(text, separator));
  return found;
}

TEST_CASE("fields stand between separators and may be empty") {
  using Fields = std::vector<std::string_view>;
  CHECK(fields("a:b:c", ':') == Fields{"a", "b", "c"});
  CHECK(fields("a::c", ':') == Fields{"a", "", "c"});
  CHECK(fields(":a", ':') == Fields{"", "a"});
  CHECK(fields("a:", ':') == Fields{"a"});
  CHECK(fields("a", ':') == Fields{"a"});
}

TEST_CASE("words stand between runs of white space") {
  std::string_view rest = "  one\ttwo \n three ";
  CHECK(next_word(rest) == "one");
  CHECK(next_word(rest) == "two");
  CHECK(next_word(rest) == "three");
  CHECK(next_word(rest) == "");
  CHECK(next_word(rest) == "");
}

TEST_CASE("the last part of a path is what stands behind the last slash") {
  CHECK(base_name("/usr/bin/node") == "node");
  CHECK(base_name("node") == "node");
  CHECK(base_name("./run.sh") == "run.sh");
  CHECK(base_name("bin/") == "");
  CHECK(base_name("") == "");
}

TEST_CASE("a number is the whole text or none") {
  CHECK(parse_number<int>("42") == 42);
  CHECK(parse_number<int>("-7") == -7);
  CHECK(parse_number<unsigned>("0") == 0U);
  CHECK(parse_number<unsigned>("022", 8) == 18U);
  CHECK(parse_number<std::uint64_t>("18446744073709551615") == ~std::uint64_t{0});
  for (const std::string_view bad : {"", " 1", "1 ", "+1", "1x", "x", "0x1", "1.5"}) {
    CAPTURE(bad);
    CHECK(!parse_number<int>(bad));
  }
  CHECK(!parse_number<unsigned>("-1"));
  CHECK(!parse_number<unsigned>("8", 8));
  CHECK(!parse_number<std::uint64_t>("18446744073709551616"));
  CHECK(!parse_number<int>("2147483648"));
}

TEST_CASE("case does not matter for ASCII letters, and only for those") {
  CHECK(same_ignoring_case("SIGterm", "sigTERM"));
  CHECK(same_ignoring_case("", ""));
  CHECK(!same_ignoring_case("a", "ab"));
  CHECK(!same_ignoring_case("[", "{"));
  CHECK(!same_ignoring_case("\xc3\x84", "\xc3\xa4"));
}

TEST_CASE("a mistyped word is recognised, another word is not") {
  const std::string_view words[] = {"verbose", "version", "grace", "kill-group", "log"};
  CHECK(nearest_word("verbsoe", words) == "verbose");
  CHECK(nearest_word("versoin", words) == "version");
  CHECK(nearest_word("grac", words) == "grace");
  CHECK(nearest_word("killgroup", words) == "kill-group");
  CHECK(nearest_word("logg", words) == "log");
  CHECK(!nearest_word("instances", words));
  CHECK(!nearest_word("", words));
  CHECK(!nearest_word(std::string(1'000, 'v'), words));
  CHECK(!nearest_word("grace", {}));
}

TEST_CASE("a word is among others as a whole, or not at all") {
  CHECK(is_among("ls", "list ls ps"));
  CHECK(is_among("list", "list ls ps"));
  CHECK(is_among("ps", "list ls ps"));
  CHECK_FALSE(is_among("list ls", "list ls ps"));
  CHECK_FALSE(is_among("l", "list ls ps"));
  CHECK_FALSE(is_among("", "list"));
  CHECK_FALSE(is_among("list", ""));
}

TEST_CASE("of two candidates the nearer one is meant") {
  const std::string_view words[] = {"restart", "reset", "start"};
  CHECK(nearest_word("strat", words) == "start");
  CHECK(nearest_word("restrat", words) == "restart");
  CHECK(nearest_word("rest", words) == "reset");
}

}  // namespace
}  // namespace pmx
