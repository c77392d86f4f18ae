#include "base/utf8.h"

#include <array>
#include <cstdint>

#include "base/simd_lookup.h"

namespace pmx {
namespace {

using simd::Bytes;

// What can be wrong with two bytes that follow each other, a bit for each. Three tables, asked by
// the halves of the two bytes, each say what they would allow to be wrong; what all three agree on
// is wrong (J. Keiser, D. Lemire: Validating UTF-8 in less than one instruction per byte, 2021).
constexpr std::uint8_t kTooShort = 1 << 0;   // a lead byte, then no continuation
constexpr std::uint8_t kTooLong = 1 << 1;    // ASCII, then a continuation
constexpr std::uint8_t kOverlong3 = 1 << 2;  // E0 80..9F
constexpr std::uint8_t kTooLarge = 1 << 3;   // F4 90.., F5..
constexpr std::uint8_t kSurrogate = 1 << 4;  // ED A0..BF
constexpr std::uint8_t kOverlong2 = 1 << 5;  // C0, C1
constexpr std::uint8_t kTooLarge8 = 1 << 6;  // F5.. 80..8F
constexpr std::uint8_t kOverlong4 = 1 << 6;  // F0 80..8F: the same bit, never the same first byte
constexpr std::uint8_t kTwoParts = 1 << 7;   // two continuations: right only in longer characters
constexpr std::uint8_t kAnyLow = kTooShort | kTooLong | kTwoParts;

constexpr std::uint8_t kLarge = kAnyLow | kTooLarge | kTooLarge8;
constexpr std::uint8_t kContinued = kTooLong | kOverlong2 | kTwoParts;

constexpr Bytes kFirstHigh = {kTooLong,
                              kTooLong,
                              kTooLong,
                              kTooLong,
                              kTooLong,
                              kTooLong,
                              kTooLong,
                              kTooLong,
                              kTwoParts,
                              kTwoParts,
                              kTwoParts,
                              kTwoParts,
                              kTooShort | kOverlong2,
                              kTooShort,
                              kTooShort | kOverlong3 | kSurrogate,
                              kTooShort | kTooLarge | kTooLarge8 | kOverlong4};
constexpr Bytes kFirstLow = {kAnyLow | kOverlong2 | kOverlong3 | kOverlong4,
                             kAnyLow | kOverlong2,
                             kAnyLow,
                             kAnyLow,
                             kAnyLow | kTooLarge,
                             kLarge,
                             kLarge,
                             kLarge,
                             kLarge,
                             kLarge,
                             kLarge,
                             kLarge,
                             kLarge,
                             kLarge | kSurrogate,
                             kLarge,
                             kLarge};
constexpr Bytes kSecondHigh = {kTooShort,
                               kTooShort,
                               kTooShort,
                               kTooShort,
                               kTooShort,
                               kTooShort,
                               kTooShort,
                               kTooShort,
                               kContinued | kOverlong3 | kTooLarge8 | kOverlong4,
                               kContinued | kOverlong3 | kTooLarge,
                               kContinued | kSurrogate | kTooLarge,
                               kContinued | kSurrogate | kTooLarge,
                               kTooShort,
                               kTooShort,
                               kTooShort,
                               kTooShort};

// The bytes that came `kBack` before those of `now`.
template <int kBack>
PMX_WITH_LOOKUP inline Bytes earlier(Bytes before, Bytes now) noexcept {
#if defined(__SSE2__)
  return reinterpret_cast<Bytes>(_mm_alignr_epi8(reinterpret_cast<__m128i>(now),
                                                 reinterpret_cast<__m128i>(before), 16 - kBack));
#else
  return reinterpret_cast<Bytes>(vextq_u8(reinterpret_cast<uint8x16_t>(before),
                                          reinterpret_cast<uint8x16_t>(now), 16 - kBack));
#endif
}

// Not zero where sixteen bytes, known what came before them, cannot be UTF-8. A character that the
// end of `now` cuts shows with the bytes behind it.
PMX_WITH_LOOKUP inline Bytes wrong_in(Bytes before, Bytes now) noexcept {
  const Bytes first = earlier<1>(before, now);
  const Bytes wrong = simd::look_up(kFirstHigh, first >> 4) &
                      simd::look_up(kFirstLow, first & 0x0f) & simd::look_up(kSecondHigh, now >> 4);
  // Third and fourth bytes must be continuations after continuations, and nothing else may be.
  const Bytes third = reinterpret_cast<Bytes>(earlier<2>(before, now) >= simd::all(0xe0));
  const Bytes fourth = reinterpret_cast<Bytes>(earlier<3>(before, now) >= simd::all(0xf0));
  return ((third | fourth) & kTwoParts) ^ wrong;
}

PMX_WITH_LOOKUP bool is_valid_by_lookup(std::string_view text) noexcept {
  Bytes wrong{};
  Bytes before{};
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= simd::kWidth; at += simd::kWidth, left -= simd::kWidth) {
    const Bytes now = simd::load(at);
    wrong |= wrong_in(before, now);
    before = now;
  }
  // The zeros behind the end are ASCII: they show a last character that was cut.
  wrong |= wrong_in(before, simd::load_part(at, left));
  return !simd::Mask(reinterpret_cast<Bytes>(wrong != simd::all(0))).any();
}

#if defined(__SSE2__)
bool is_valid_by_steps(std::string_view text) noexcept {
  while (!text.empty()) {
    if (text.size() >= simd::kWidth && !simd::Mask(simd::load(text.data())).any()) {
      text.remove_prefix(simd::kWidth);
      continue;
    }
    const Utf8Part part = first_utf8_part(text);
    if (!part.valid) return false;
    text.remove_prefix(part.size);
  }
  return true;
}
#endif

struct Lead {
  unsigned char size = 1;            // of the whole character; 1 where none can begin
  unsigned char second_from = 0x80;  // the second byte is within these
  unsigned char second_to = 0xbf;
};

constexpr Lead lead_of(unsigned char byte) noexcept {
  if (byte >= 0xc2 && byte <= 0xdf) return {2};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return {3};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return {4};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {};
}

constexpr auto kLeads = [] {
  std::array<Lead, 128> leads;
  for (unsigned i = 0; i < leads.size(); ++i)
    leads[i] = lead_of(static_cast<unsigned char>(128 + i));
  return leads;
}();

}  // namespace

bool is_valid_utf8(std::string_view text) noexcept {
  while (text.size() >= simd::kWidth && !simd::Mask(simd::load(text.data())).any()) {
    text.remove_prefix(simd::kWidth);
  }
#if defined(__SSE2__)
  if (!simd::has_lookup()) return is_valid_by_steps(text);
#endif
  return is_valid_by_lookup(text);
}

Utf8Part first_utf8_part(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {1, true};
  const Lead lead = kLeads[byte(0) - 0x80U];
  if (lead.size == 1 || text.size() < 2) return {1, false};
  if (byte(1) < lead.second_from || byte(1) > lead.second_to) return {1, false};
  for (std::size_t i = 2; i < lead.size; ++i) {
    if (i == text.size() || (byte(i) & 0xc0) != 0x80) return {i, false};
  }
  return {lead.size, true};
}

}  // namespace pmx
