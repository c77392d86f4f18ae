#include "codec/json_string.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "codec/line_scan.h"
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

const std::vector<std::string> kParts = {
    "\"", "\\", "\t", "\n", "\b",   "\f", "\r", "\x0b", "\x18",    "\x1b", std::string(1, '\0'),
    "x",  "y",  "2",  "B",  "\x7f", "é",  "한", "\xff", "\xe2\x82"};

TEST_CASE("however much of a text is special, it is escaped as its parts are") {
  std::mt19937 random(random_seed());
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t kinds = 1 + random() % kParts.size();  // few kinds: all short forms, often
    std::string text;
    std::string expected;
    for (std::size_t size = random() % 80; text.size() < size;) {
      const std::string& part = kParts[random() % kinds];
      // Cut, and begun again by the next, it would be another part.
      if (text.ends_with("\xe2\x82")) text += ' ', expected += ' ';
      text += part;
      expected += escaped(part);
    }
    REQUIRE(escaped(text) == expected);
  }
}

TEST_CASE("a line that is found and escaped at once is what it is in two steps") {
  constexpr std::size_t kPlenty = 130;
  std::mt19937 random(random_seed());
  int written = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes;
    const std::size_t first = random() % kParts.size();
    const std::size_t kinds = 1 + random() % (kParts.size() - first);
    for (std::size_t size = random() % 200; bytes.size() < size;) {
      const std::string& part = kParts[first + random() % kinds];
      const bool is_rare = part == "\n" && random() % 8 != 0;
      bytes += is_rare ? "plain text" : part;
    }
    bytes += std::vector<std::string>{"", "\n", "\r\n", "\nthe next\n"}[random() % 4];
    const std::vector<char> exact(bytes.begin(), bytes.end());  // nothing may be read behind it
    const LineScan line = scan_line(bytes);
    const std::string expected = escaped(line.text);
    std::vector<char> out(random() % (expected.size() + 2 * kPlenty));
    const auto at_once = escape_json_line({exact.data(), exact.size()}, out);
    if (!at_once) {
      REQUIRE((!line.complete || out.size() < expected.size() + kPlenty));
      continue;
    }
    ++written;
    REQUIRE(line.complete);
    REQUIRE(at_once->consumed == line.size);
    REQUIRE(std::string_view(out.data(), at_once->written) == expected);
  }
  CHECK(written > 10'000);
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

TEST_CASE("so does one of any size, for any text") {
  std::mt19937 random(random_seed());
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t kinds = 1 + random() % kParts.size();
    std::string text;
    for (std::size_t size = random() % 300; text.size() < size;) {
      text += random() % 4 == 0 ? kParts[random() % kinds] : "plain ";
    }
    const std::string whole = escaped(text);
    std::vector<char> out(random() % (whole.size() + 100));
    const Escaped part = escape_json(text, out);
    REQUIRE((part.consumed == text.size() || out.size() - part.written < 6));
    REQUIRE(std::string(out.data(), part.written) + escaped(text.substr(part.consumed)) == whole);
  }
}

}  // namespace
}  // namespace pmx
