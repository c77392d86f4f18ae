#include "base/simd_lookup.h"

#if defined(__SSE2__)
#include <cpuid.h>

namespace pmx::simd {
namespace {

bool has_ssse3() noexcept {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSSE3) != 0;
}

const bool kHasLookup = has_ssse3();

}  // namespace

bool has_lookup() noexcept { return kHasLookup; }

}  // namespace pmx::simd
#endif
