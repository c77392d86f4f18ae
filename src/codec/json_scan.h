// Where in a JSON text strings may end.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/simd.h"

namespace pmx {

// Finds the bytes that end or break a string: the quote, the backslash, and all below 0x20. They
// are looked up sixty-four at a time, because most strings of a log line are short and the next
// one is in the same block.
class JsonScan {
 public:
  // The text must outlive it, and have at least one byte.
  explicit JsonScan(std::string_view text) noexcept
      : begin_(text.data()), end_(text.data() + text.size()) {
    look_at(begin_);
  }

  // The first such byte at `from` or behind it; if there is none, the last byte of the text. `from`
  // is within the text or its end, and not before the one of an earlier call.
  [[gnu::always_inline]] const char* next(const char* from) noexcept {
    while (true) {
      const auto ahead = static_cast<std::size_t>(from - block_);
      if (ahead < kBlock) {
        const std::uint64_t found = special_ >> ahead;
        if (found != 0) return from + std::countr_zero(found);
        from = block_ + kBlock;
      }
      if (from >= end_) return end_ - 1;
      look_at(from);
    }
  }

  // Whether a byte of 0x80 or more is in what was looked at so far: at least all up to where next()
  // was last called from.
  [[nodiscard]] bool saw_other_than_ascii() const noexcept { return simd::Mask(seen_).any(); }

 private:
  static constexpr std::size_t kBlock = 64;
  using Block = std::array<simd::Bytes, kBlock / simd::kWidth>;

  static Block block_at(const char* from) noexcept {
    return {simd::load(from), simd::load(from + simd::kWidth), simd::load(from + 2 * simd::kWidth),
            simd::load(from + 3 * simd::kWidth)};
  }
  // Fewer bytes than a block, in a text that is shorter than one.
  [[gnu::noinline]] static Block short_block_at(const char* from, std::size_t size) noexcept {
    Block block{};
    for (std::size_t i = 0; i * simd::kWidth < size; ++i) {
      block[i] = simd::load_part(from + i * simd::kWidth, size - i * simd::kWidth);
    }
    return block;
  }

  // A last block is read so that it ends with the text, where that is long enough.
  [[gnu::always_inline]] void look_at(const char* from) noexcept {
    block_ = from;
    const auto left = static_cast<std::size_t>(end_ - from);
    if (left >= kBlock) {
      look_at(block_at(from));
    } else if (static_cast<std::size_t>(end_ - begin_) >= kBlock) {
      look_at(block_at(end_ - kBlock));
      special_ >>= kBlock - left;
    } else {
      look_at(short_block_at(from, left));
      special_ &= ~(~std::uint64_t{0} << left);
    }
  }
  [[gnu::always_inline]] void look_at(const Block& text) noexcept {
    seen_ |= text[0] | text[1] | text[2] | text[3];
    special_ = simd::bits_of({simd::needs_escape(text[0]), simd::needs_escape(text[1]),
                              simd::needs_escape(text[2]), simd::needs_escape(text[3])});
  }

  const char* begin_;
  const char* end_;
  const char* block_ = nullptr;
  std::uint64_t special_ = 0;  // of the block, its first byte in the lowest bit
  simd::Bytes seen_{};         // all bytes together
};

}  // namespace pmx
