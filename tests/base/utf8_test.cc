#include "base/utf8.h"

#include <doctest/doctest.h>

#include <string>

namespace pmx {
namespace {

// The definition, read slowly: a lead byte's length, then the code point it gives.
bool is_valid_by_definition(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) -> unsigned {
      return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
    };
    const unsigned lead = byte(i);
    const std::size_t size = lead < 0x80             ? 1
                             : (lead & 0xe0) == 0xc0 ? 2
                             : (lead & 0xf0) == 0xe0 ? 3
                             : (lead & 0xf8) == 0xf0 ? 4
                                                     : 0;
    if (size == 0) return false;
    unsigned point = size == 1 ? lead : lead & (0x7fU >> size);
    for (std::size_t k = 1; k < size; ++k) {
      if ((byte(i + k) & 0xc0) != 0x80) return false;
      point = point << 6 | (byte(i + k) & 0x3f);
    }
    constexpr unsigned kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[size] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
      return false;
    }
    i += size;
  }
  return true;
}

TEST_CASE("every pair of first bytes is judged as the definition says, at every place") {
  for (const std::size_t before : {0, 1, 13, 14, 15, 16, 29, 47}) {
    for (unsigned pair = 0x8000; pair < 0x10000; ++pair) {
      for (const std::string_view rest : {"", "\x80", "\xbf\xbf", "a", "\x80\x80\x80"}) {
        std::string text(before, 'x');
        text += static_cast<char>(pair >> 8);
        text += static_cast<char>(pair & 0xff);
        text += rest;
        if (is_valid_utf8(text) != is_valid_by_definition(text)) {
          CAPTURE(before);
          CAPTURE(pair);
          CAPTURE(rest.size());
          FAIL("judged differently");
        }
      }
    }
  }
}

TEST_CASE("long texts are judged to their last byte") {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    CHECK(is_valid_utf8(text));
    CHECK_FALSE(is_valid_utf8(text + "\xed\x95"));
    CHECK_FALSE(is_valid_utf8("\x80" + text));
    text += i % 3 == 0 ? "한" : i % 3 == 1 ? "😀" : "é";
  }
}

TEST_CASE("the first part is a character or what a decoder replaces as one") {
  struct Row {
    std::string_view text;
    std::size_t size;
    bool valid;
  };
  const Row rows[] = {
      {"a", 1, true},
      {"é", 2, true},
      {"한", 3, true},
      {"😀", 4, true},
      {"\x80", 1, false},
      {"\xc2", 1, false},
      {"\xc2z", 1, false},
      {"\xe0\x9f\x80", 1, false},
      {"\xe1\x80", 2, false},
      {"\xf0\x90\x80", 3, false},
      {"\xf0\x90\x80z", 3, false},
      {"\xf5\x80", 1, false},
      {"\xed\xa0\x80", 1, false},
  };
  for (const Row& row : rows) {
    const Utf8Part part = first_utf8_part(row.text);
    CHECK(part.size == row.size);
    CHECK(part.valid == row.valid);
  }
}

}  // namespace
}  // namespace pmx
