#include "codec/json_pairs.h"

#include <array>
#include <cstdint>

namespace pmx {
namespace {

constexpr std::size_t kHalf = 8;
constexpr std::uint8_t kBackslashHere = 0x80;  // an index that looks up zero

// For each set of bytes to escape among eight, where the bytes of the result come from.
struct Spread {
  std::array<std::array<std::uint8_t, simd::kWidth>, 256> from;
  std::array<std::uint8_t, 256> size;
};
constexpr Spread kSpread = [] {
  Spread spread{};
  for (unsigned escaped = 0; escaped < 256; ++escaped) {
    std::uint8_t size = 0;
    for (std::uint8_t i = 0; i < kHalf; ++i) {
      if ((escaped >> i & 1) != 0) spread.from[escaped][size++] = kBackslashHere;
      spread.from[escaped][size++] = i;
    }
    spread.size[escaped] = size;
  }
  return spread;
}();

// \b \t \f \r; the others have no letter, or end a line.
constexpr simd::Bytes kLetters = {0, 0, 0, 0, 0, 0, 0, 0, 'b', 't', 0, 0, 'f', 'r', 0, 0};

PMX_WITH_LOOKUP inline std::size_t write_half(simd::Bytes text, std::size_t escaped,
                                              char* to) noexcept {
  simd::Bytes from;
  std::memcpy(&from, kSpread.from[escaped].data(), sizeof from);
  const auto backslash = reinterpret_cast<simd::Bytes>(from == simd::all(kBackslashHere));
  simd::store(to, simd::look_up(text, from) | (backslash & '\\'));
  return kSpread.size[escaped];
}

}  // namespace

PMX_WITH_LOOKUP JsonPairs write_json_pairs(std::string_view text, std::span<char> out,
                                           bool ascii_only) noexcept {
  const simd::Bytes other = simd::all(ascii_only ? 0x80 : 0);
  JsonPairs done;
  while (text.size() - done.consumed >= simd::kWidth &&
         out.size() - done.written >= 2 * simd::kWidth) {
    const simd::Bytes here = simd::load(text.data() + done.consumed);
    const auto control = reinterpret_cast<simd::Bytes>(here < simd::all(0x20));
    const simd::Bytes letter = simd::look_up_or_zero(kLetters, here);
    const auto without_letter = control & reinterpret_cast<simd::Bytes>(letter == simd::all(0));
    const simd::Bytes stop = without_letter | (here & other);
    const auto escaped = static_cast<std::size_t>(
        simd::bits_of(std::array<simd::Bytes, 4>{simd::needs_escape(here)}));
    if (escaped == 0 || simd::Mask(stop).any()) break;
    const simd::Bytes shown = (here & ~control) | letter;
    char* const to = out.data() + done.written;
    const std::size_t first = write_half(shown, escaped & 0xff, to);
    const simd::Bytes second = __builtin_shufflevector(shown, shown, 8, 9, 10, 11, 12, 13, 14, 15,
                                                       8, 9, 10, 11, 12, 13, 14, 15);
    done.written += first + write_half(second, escaped >> kHalf, to + first);
    done.consumed += simd::kWidth;
  }
  return done;
}

}  // namespace pmx
