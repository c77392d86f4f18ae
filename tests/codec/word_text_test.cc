#include "codec/word_text.h"

#include <doctest/doctest.h>

namespace pmx {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("a command line is split as a shell does") {
  CHECK(parse_words("") == Words{});
  CHECK(parse_words("  a \t b\n") == Words{"a", "b"});
  CHECK(parse_words("serve -s 'my build'") == Words{"serve", "-s", "my build"});
  CHECK(parse_words(R"(--x="a \"b\" \n")") == Words{R"(--x=a "b" \n)"});
  CHECK(parse_words(R"(a\ b '' "")") == Words{"a b", "", ""});
  CHECK(parse_words(R"('a\')") == Words{R"(a\)"});
}

TEST_CASE("a quote that is not closed is an error") {
  CHECK(!parse_words("a 'b"));
  CHECK(!parse_words("a \"b\\\""));
}

}  // namespace
}  // namespace pmx
