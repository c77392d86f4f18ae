// Sixteen table lookups at once. x86-64 promises SSE2 only, and this came with SSSE3 in 2006: ask
// has_lookup() first, and mark each function that looks up with PMX_WITH_LOOKUP.
#pragma once

#include "base/simd.h"

#if defined(__SSE2__)
#include <tmmintrin.h>
#define PMX_WITH_LOOKUP __attribute__((target("ssse3")))
#else
#define PMX_WITH_LOOKUP
#endif

namespace pmx::simd {

#if defined(__SSE2__)
[[nodiscard]] bool has_lookup() noexcept;
#else
[[nodiscard]] constexpr bool has_lookup() noexcept { return true; }
#endif

// For each index below 16 that byte of the table; zero where an index is 0x80 or more. (Others are
// not the same on every machine.)
[[nodiscard]] PMX_WITH_LOOKUP inline Bytes look_up(Bytes table, Bytes index) noexcept {
#if defined(__SSE2__)
  return reinterpret_cast<Bytes>(
      _mm_shuffle_epi8(reinterpret_cast<__m128i>(table), reinterpret_cast<__m128i>(index)));
#else
  return reinterpret_cast<Bytes>(
      vqtbl1q_u8(reinterpret_cast<uint8x16_t>(table), reinterpret_cast<uint8x16_t>(index)));
#endif
}

// The same, and zero for all other indexes.
[[nodiscard]] PMX_WITH_LOOKUP inline Bytes look_up_or_zero(Bytes table, Bytes index) noexcept {
#if defined(__SSE2__)
  const auto saturated = _mm_adds_epu8(reinterpret_cast<__m128i>(index), _mm_set1_epi8(0x70));
  return look_up(table, reinterpret_cast<Bytes>(saturated));
#else
  return look_up(table, index);
#endif
}

}  // namespace pmx::simd
