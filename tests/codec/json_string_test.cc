#include "codec/json_string.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "support/random_seed.h"

namespace pmx {
namespace {

std::string escaped(std::string_view text) {
  std::string out(6 * text.size() + 1, '\0');
  const Escaped result = escape_json(text, out);
  CHECK(result.consumed == text.size());
  return out.substr(0, result.written);
}

TEST_CASE("only what JSON forbids is escaped") {
  CHECK(escaped("plain text, 100 % of it: <>&'/\x7f") == "plain text, 100 % of it: <>&'/\x7f");
  CHECK(escaped("\"\\\b\f\n\r\t\x01\x1f") == R"(\"\\\b\f\n\r\t\u0001\u001f)");
  CHECK(escaped(std::string_view("\0", 1)) == "\\u0000");
  CHECK(escaped("é 한글 😀") == "é 한글 😀");
}

TEST_CASE("one replacement for each maximal invalid part") {
  const std::string bad = "\xef\xbf\xbd";
  CHECK(escaped("\xff") == bad);
  CHECK(escaped("\xe2\x82") == bad);         // cut
  CHECK(escaped("\xe2\x82 ") == bad + " ");  //
  CHECK(escaped("\xf0\x9f\x98") == bad);     //
  CHECK(escaped("\xf0\x9f\x98\xf0\x9f\x98\x80") == bad + "😀");
  CHECK(escaped("\xc0\xaf") == bad + bad);                      // overlong
  CHECK(escaped("\xe0\x80\xaf") == bad + bad + bad);            //
  CHECK(escaped("\xed\xa0\x80") == bad + bad + bad);            // a surrogate
  CHECK(escaped("\xf4\x90\x80\x80") == bad + bad + bad + bad);  // above U+10FFFF
  CHECK(escaped("\x80\xbf") == bad + bad);
}

TEST_CASE("a text of any length is escaped the same wherever its special bytes stand") {
  for (const std::string_view special : {"\"", "\n", "é", "\xff", "한", "\xe2\x82"}) {
    const std::string form = escaped(special);
    for (std::size_t size = 0; size < 70; ++size) {
      for (std::size_t at = 0; at <= size; ++at) {
        std::string text(size, 'x');
        text.insert(at, special);
        std::string expected(size, 'x');
        expected.insert(at, form);
        REQUIRE(escaped(text) == expected);
      }
    }
  }
}

TEST_CASE("however much of a text is special, it is escaped as its parts are") {
  std::mt19937 random(random_seed());
  const std::vector<std::string> parts = {
      "\"", "\\", "\t", "\n", "\b",   "\f", "\r", "\x0b", "\x18", "\x1b", std::string(1, '\0'),
      "x",  "y",  "2",  "B",  "\x7f", "é",  "한", "\xff"};
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t kinds = 1 + random() % parts.size();  // few kinds: all short forms, often
    std::string text;
    std::string expected;
    for (std::size_t size = random() % 80; text.size() < size;) {
      const std::string& part = parts[random() % kinds];
      text += part;
      expected += escaped(part);
    }
    REQUIRE(escaped(text) == expected);
  }
}

TEST_CASE("an output that is too small ends between two characters") {
  const std::string text = "ab\"\x01한\xff z and so on, and so on, and so on \"\x02";
  const std::string whole = escaped(text);
  for (std::size_t room = 0; room <= whole.size(); ++room) {
    std::string out(room, '\0');
    const Escaped part = escape_json(text, out);
    REQUIRE(part.written <= room);
    REQUIRE(room - part.written < 6);
    const std::string first = out.substr(0, part.written);
    CHECK(first + escaped(text.substr(part.consumed)) == whole);
  }
}

}  // namespace
}  // namespace pmx
