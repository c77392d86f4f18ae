// Sixteen bytes at a time: the few operations the log path needs, on SSE2 and on NEON.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#else
#error "pmx-init is written for x86-64 (SSE2) and arm64 (NEON)"
#endif

namespace pmx::simd {

inline constexpr std::size_t kWidth = 16;

// Compilers know arithmetic and comparison on this type; only what they do not know is below.
using Bytes = std::uint8_t __attribute__((vector_size(kWidth)));

[[nodiscard]] inline Bytes load(const char* from) noexcept {
  Bytes bytes;
  std::memcpy(&bytes, from, kWidth);
  return bytes;
}

// The first `size` (at most kWidth) bytes; what comes behind them is zero. Reads no further.
[[nodiscard]] inline Bytes load_part(const char* from, std::size_t size) noexcept {
  if (size >= kWidth) return load(from);
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (size >= 8) {
    std::memcpy(&low, from, 8);
    // The last eight bytes, moved down so that those already in `low` fall out.
    std::memcpy(&high, from + size - 8, 8);
    high = size == 8 ? 0 : high >> (8 * (kWidth - size));
  } else if (size >= 4) {
    std::uint32_t first;
    std::uint32_t last;
    std::memcpy(&first, from, 4);
    std::memcpy(&last, from + size - 4, 4);
    low = first | static_cast<std::uint64_t>(last) << (8 * (size - 4));
  } else {
    for (std::size_t i = 0; i < size; ++i) {
      low |= static_cast<std::uint64_t>(static_cast<unsigned char>(from[i])) << (8 * i);
    }
  }
  const std::uint64_t both[2] = {low, high};
  return load(reinterpret_cast<const char*>(both));
}

inline void store(char* to, Bytes bytes) noexcept { std::memcpy(to, &bytes, kWidth); }

[[nodiscard]] inline Bytes all(unsigned char byte) noexcept { return Bytes{} + byte; }

// Which bytes are meant: of a comparison's result those that are true, of text those >= 0x80.
class Mask {
 public:
  explicit Mask(Bytes bytes) noexcept {
#if defined(__SSE2__)
    bits_ = static_cast<std::uint32_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(bytes)));
#else
    // NEON has no movemask. Shifting pairs right and narrowing leaves four bits for each byte,
    // of which one is kept.
    const auto spread = vreinterpretq_u16_s8(vshrq_n_s8(reinterpret_cast<int8x16_t>(bytes), 7));
    bits_ = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(spread, 4)), 0) & 0x8888'8888'8888'8888U;
#endif
  }

  [[nodiscard]] bool any() const noexcept { return bits_ != 0; }
  // Of the first byte that is meant; only when there is one.
  [[nodiscard]] std::size_t first() const noexcept {
    return static_cast<std::size_t>(std::countr_zero(bits_)) / kBitsPerByte;
  }
  [[nodiscard]] bool has_three() const noexcept {
    const Bits without_one = bits_ & (bits_ - 1);
    return (without_one & (without_one - 1)) != 0;
  }
  void drop_first() noexcept { bits_ &= bits_ - 1; }

 private:
#if defined(__SSE2__)
  using Bits = std::uint32_t;
  static constexpr std::size_t kBitsPerByte = 1;
#else
  using Bits = std::uint64_t;
  static constexpr std::size_t kBitsPerByte = 4;
#endif
  Bits bits_;
};

// The bytes that a JSON string cannot hold as they are, and the end of a line among them.
[[nodiscard]] inline Bytes needs_escape(Bytes text) noexcept {
  return reinterpret_cast<Bytes>((text < all(0x20)) | (text == all('"')) | (text == all('\\')));
}

// These, and all bytes of 0x80 or more: as signed numbers both are small.
[[nodiscard]] inline Bytes needs_escape_or_other(Bytes text) noexcept {
  using Signed = std::int8_t __attribute__((vector_size(kWidth)));
  const auto small = reinterpret_cast<Bytes>(reinterpret_cast<Signed>(text) < Signed{} + 0x20);
  return small | reinterpret_cast<Bytes>((text == all('"')) | (text == all('\\')));
}

// Of a comparison's result: are all true?
[[nodiscard]] inline bool all_of(Bytes bytes) noexcept {
#if defined(__SSE2__)
  return _mm_movemask_epi8(reinterpret_cast<__m128i>(bytes)) == 0xffff;
#else
  return vminvq_u8(reinterpret_cast<uint8x16_t>(bytes)) == 0xff;
#endif
}

// Sixty-four bytes: of four vectors, which bytes are meant, the first one in the lowest bit.
[[nodiscard]] inline std::uint64_t bits_of(const std::array<Bytes, 4>& meant) noexcept {
#if defined(__SSE2__)
  const auto bits = [](Bytes bytes) {
    return static_cast<std::uint64_t>(
        static_cast<std::uint32_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(bytes))));
  };
  return bits(meant[0]) | bits(meant[1]) << 16 | bits(meant[2]) << 32 | bits(meant[3]) << 48;
#else
  // Each byte keeps the bit of its place among eight; adding neighbours three times packs them.
  static constexpr Bytes kPlace = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const auto placed = [](Bytes bytes) {
    return reinterpret_cast<uint8x16_t>(reinterpret_cast<Bytes>(bytes >= all(0x80)) & kPlace);
  };
  const uint8x16_t pairs = vpaddq_u8(vpaddq_u8(placed(meant[0]), placed(meant[1])),
                                     vpaddq_u8(placed(meant[2]), placed(meant[3])));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(pairs, pairs)), 0);
#endif
}

// Copies `size` bytes, no more. For those that are a hundred or so, where a call costs too much.
inline void copy(char* to, const char* from, std::size_t size) noexcept {
  if (size < kWidth) {
    std::memcpy(to, from, size);
    return;
  }
  const Bytes last = load(from + size - kWidth);
  for (std::size_t i = 0; i + kWidth < size; i += kWidth) store(to + i, load(from + i));
  store(to + size - kWidth, last);
}

// Copies `size` bytes in whole steps: up to kWidth - 1 bytes more are read and written.
inline void copy_over(char* to, const char* from, std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; i += kWidth) store(to + i, load(from + i));
}

}  // namespace pmx::simd
