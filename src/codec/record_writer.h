// A record into a fixed space.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/utf8.h"
#include "codec/json_string.h"

namespace pmx {

// Appends; once something did not fit, nothing more is written.
class RecordWriter {
 public:
  explicit RecordWriter(std::span<char> out) noexcept : out_(out) {}

  RecordWriter& operator<<(std::string_view text) noexcept {
    if (text.size() > out_.size() - size_) overflowed_ = true;
    if (overflowed_) return *this;
    std::memcpy(out_.data() + size_, text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  RecordWriter& operator<<(std::int64_t number) noexcept {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return *this << std::string_view{digits.data(), end};
  }

  // As much of the text as leaves `reserve` bytes, in whole characters.
  RecordWriter& cut(std::string_view text, std::size_t reserve) noexcept {
    const std::size_t room = out_.size() - size_;
    std::size_t size = std::min(text.size(), room - std::min(room, reserve));
    while (size > 0 && size < text.size() && is_continuation(text[size])) --size;
    return *this << text.substr(0, size);
  }

  // The inside of a string: as much of the text as leaves `reserve` bytes.
  RecordWriter& escaped(std::string_view text, std::size_t reserve) noexcept {
    if (overflowed_ || out_.size() - size_ < reserve) {
      overflowed_ = true;
      return *this;
    }
    const auto room = out_.subspan(size_, out_.size() - size_ - reserve);
    size_ += escape_json(text, room).written;
    return *this;
  }
  // All of it, or nothing more is written.
  RecordWriter& escaped_whole(std::string_view text) noexcept {
    if (overflowed_) return *this;
    const Escaped escaped = escape_json(text, out_.subspan(size_));
    overflowed_ = escaped.consumed < text.size();
    size_ += escaped.written;
    return *this;
  }

  // 0 if something did not fit.
  [[nodiscard]] std::size_t size() const noexcept { return overflowed_ ? 0 : size_; }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

}  // namespace pmx
