#include "codec/env_text.h"

#include <doctest/doctest.h>

namespace pmx {
namespace {

using Variables = std::vector<std::string>;

TEST_CASE("a file of variables is read as Node reads it") {
  struct Row {
    std::string_view text;
    Variables variables;
  };
  const Row rows[] = {
      {"", {}},
      {"\n\r\n  \n", {}},
      {"# a comment\n  # another", {}},
      {"A=1", {"A=1"}},
      {"A=1\r\nB=2\r\n", {"A=1", "B=2"}},
      {" A = 1 ", {"A=1"}},
      {"export A=1", {"A=1"}},
      {"export  A=1", {"A=1"}},
      {"A=", {"A="}},
      {"A=\nB=2", {"A=", "B=2"}},
      {"A=x=y", {"A=x=y"}},
      {"A=a b # c", {"A=a b"}},
      {"A=a#b", {"A=a"}},
      {"A=a\t# c", {"A=a"}},
      {"A=#c\nB=1", {"A=", "B=1"}},
      {"A= # c\nB=1", {"A=", "B=1"}},
      {"A='a # b'", {"A=a # b"}},
      {"A='a\\n\"b\"'", {"A=a\\n\"b\""}},
      {"A=`'\"'` # c", {"A='\"'"}},
      {"A=\"a\\nb\\tc\\r\\\\ \\x\"", {"A=a\nb\\tc\\r\\\\ \\x"}},
      {"A=\"x\\\" y\"\nB=1", {"A=x\\", "B=1"}},
      {"A=\"q\" trailing\nB='q'C=2", {"A=q", "B=q"}},
      {"A='q\nB=\"x # c", {"A='q", "B=\"x # c"}},
      {"A\nB=1\n=2\n C ", {"B=1"}},
      {"A B=1", {"A B=1"}},
      {"export=1\nexport export A=2", {"export=1", "export A=2"}},
      {"A='q  \nB=\"q \n ", {"A='q  ", "B=\"q"}},
      {"A=   \nB=1", {"A=", "B=1"}},
      {"A=a\rb\r\n", {"A=ab"}},
      {"A=\"one\ntwo\"\nB=3", {"A=one\ntwo", "B=3"}},
      {"A='  kept  '", {"A=  kept  "}},
      {"A=a\"b", {"A=a\"b"}},
      {"A=\"\"\nB=''", {"A=", "B="}},
      {"A=\xed\x95\x9c", {"A=\xed\x95\x9c"}},
      {"A=1\nA=2", {"A=1", "A=2"}},
      {"a.b-c=1", {"a.b-c=1"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto variables = parse_env(row.text);
    REQUIRE(variables);
    CHECK(*variables == row.variables);
  }
}

TEST_CASE("a problem names its line") {
  struct Row {
    std::string_view text;
    std::size_t line;
    std::string_view rule;
  };
  using namespace std::string_view_literals;
  const Row rows[] = {
      {"A=\"one\ntwo\"\nB=\0"sv, 3, "it contains a NUL byte"},
      {"A=x\0y"sv, 1, "it contains a NUL byte"},
      {"A\0=x"sv, 1, "it contains a NUL byte"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto variables = parse_env(row.text);
    REQUIRE(!variables);
    CHECK(variables.error().line == row.line);
    CHECK(variables.error().rule == row.rule);
  }
}

TEST_CASE("a variable's name is anything without white space, equals sign and NUL") {
  using namespace std::string_view_literals;
  for (const std::string_view good : {"A", "_", "a.b", "1", "\xc3\xa4", "npm_config_//x"}) {
    CHECK(is_env_name(good));
  }
  for (const std::string_view bad : {""sv, "A B"sv, "A\t"sv, "A\n"sv, "A\r"sv, "A="sv, "A\0"sv}) {
    CHECK(!is_env_name(bad));
  }
}

}  // namespace
}  // namespace pmx
