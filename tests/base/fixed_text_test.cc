#include "base/fixed_text.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

namespace pmx {
namespace {

TEST_CASE("words and numbers stand one behind the other") {
  const FixedText<64> text("pid ", 17, std::string_view{}, ", ", std::int64_t{-5}, " left");
  CHECK(text.text() == "pid 17, -5 left");
  CHECK(text.c_str() == doctest::String("pid 17, -5 left"));
  CHECK(FixedText<4>().text().empty());
}

TEST_CASE("the longest number fits") {
  CHECK(FixedText<32>(std::numeric_limits<std::int64_t>::min()).text() == "-9223372036854775808");
  CHECK(FixedText<32>(std::numeric_limits<std::uint64_t>::max()).text() == "18446744073709551615");
}

TEST_CASE("what does not fit is cut off, and the end is marked all the same") {
  const FixedText<5> text("abc", 12345, "d");
  CHECK(text.text() == "abc12");
  CHECK(text.c_str() == doctest::String("abc12"));
}

}  // namespace
}  // namespace pmx
