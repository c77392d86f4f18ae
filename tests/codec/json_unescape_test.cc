#include "codec/json_unescape.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace pmx {
namespace {

std::string text_of(std::string_view value, std::size_t room = 100) {
  std::string out(room, '?');
  return std::string(unescape_json(value, out));
}

TEST_CASE("a string value becomes the text that it stands for") {
  CHECK(text_of(R"("")").empty());
  CHECK(text_of(R"("at\n\t\"x\"\\ \/ \b\f\r")") == "at\n\t\"x\"\\ / \b\f\r");
  CHECK(text_of(R"("\u00e9\u20ac\ud83d\ude00é")") == "é€😀é");
  CHECK(text_of("7").empty());
  CHECK(text_of("{}").empty());
  CHECK(text_of("").empty());
}

TEST_CASE("what does not fit is left out, whole characters at a time") {
  CHECK(text_of(R"("abc")", 2) == "ab");
  CHECK(text_of(R"("a\u20ac")", 3) == "a");
  CHECK(text_of(R"("a€b")", 4) == "a€");
  CHECK(text_of(R"("a€b")", 3) == "a");
}

}  // namespace
}  // namespace pmx
