#include "base/concat.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

using pmx::append;
using pmx::concat;

TEST_CASE("texts of every kind are joined") {
  const std::string name = "a name that is longer than what a string holds in itself";
  const std::string_view word = std::string_view("words").substr(0, 4);
  const char* const end = "end";
  CHECK(concat("app ", name, ": ", word, ' ', std::string("and "), end) ==
        "app " + name + ": word and end");
  CHECK(concat("", std::string(), std::string_view()).empty());
}

TEST_CASE("numbers are joined in decimal, whatever their type") {
  CHECK(concat(std::numeric_limits<std::int64_t>::min(), ' ',
               std::numeric_limits<std::uint64_t>::max()) ==
        "-9223372036854775808 18446744073709551615");
  CHECK(concat(-1, " ", 1U, " ", std::uint8_t{200}, " ", std::int8_t{-100}) == "-1 1 200 -100");
}

TEST_CASE("a text may hold what ends others") {
  CHECK(concat(std::string_view("a\0b", 3), '\0') == std::string("a\0b\0", 4));
}

TEST_CASE("texts are joined behind another") {
  std::string text = "line ";
  append(text, 12, ':', std::string_view("7"), ": ", std::string("why"));
  CHECK(text == "line 12:7: why");
}
