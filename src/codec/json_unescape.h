// From the inside of a JSON string to the text that it stands for.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace pmx {

// The text's bytes, one by one, as UTF-8.
class UnescapedBytes {
 public:
  // Well-formed: its escapes are, and they make whole characters.
  explicit UnescapedBytes(std::string_view inside) noexcept : rest_(inside) {}

  [[nodiscard]] bool at_end() const noexcept { return waiting_ == 0 && rest_.empty(); }
  [[nodiscard]] unsigned char next() noexcept {
    if (waiting_ > 0) return bytes_[--waiting_];
    const char first = take();
    if (first != '\\') return static_cast<unsigned char>(first);
    const char kind = take();
    switch (kind) {
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'u':
        return unfold(take_code_point());
      default:
        return static_cast<unsigned char>(kind);
    }
  }

 private:
  static unsigned hex_value(char digit) noexcept {
    const auto byte = static_cast<unsigned char>(digit);
    return byte <= '9' ? byte - '0' : (byte | 0x20U) - 'a' + 10;
  }
  char take() noexcept {
    const char first = rest_.front();
    rest_.remove_prefix(1);
    return first;
  }
  unsigned take_unit() noexcept {
    unsigned unit = 0;
    for (int i = 0; i < 4; ++i) unit = unit << 4 | hex_value(take());
    return unit;
  }
  unsigned take_code_point() noexcept {
    const unsigned unit = take_unit();
    if (unit < 0xd800 || unit >= 0xe000) return unit;
    rest_.remove_prefix(2);  // the \u of the second half
    return 0x10000 + ((unit - 0xd800) << 10) + (take_unit() - 0xdc00);
  }
  // Returns the first byte of the character and keeps the others, the last one at the front.
  unsigned char unfold(unsigned point) noexcept {
    if (point < 0x80) return static_cast<unsigned char>(point);
    const unsigned more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    for (; waiting_ < more; point >>= 6) {
      bytes_[waiting_++] = static_cast<unsigned char>(0x80 | (point & 0x3f));
    }
    return static_cast<unsigned char>((0xff00U >> (more + 1) & 0xff) | point);
  }

  std::string_view rest_;
  unsigned waiting_ = 0;
  std::array<unsigned char, 3> bytes_{};
};

// The text of a string value, with its quotes, as much of it as there is room for: never part of a
// character. Empty where the value is no string. The value is well-formed.
[[nodiscard]] std::string_view unescape_json(std::string_view value, std::span<char> out) noexcept;

}  // namespace pmx
