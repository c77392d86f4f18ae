#include "base/simd_lookup.h"

#if defined(__SSE2__)
#include <cpuid.h>

namespace pmx::simd {
namespace {

enum class Answer : unsigned char { unasked, no, yes };

Answer answer = Answer::unasked;

Answer ask() noexcept {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  __cpuid(1, a, b, c, d);
  return (c & bit_SSSE3) != 0 ? Answer::yes : Answer::no;
}

}  // namespace

// Not asked at the start: a virtual machine takes microseconds for the answer.
bool has_lookup() noexcept {
  if (answer == Answer::unasked) [[unlikely]]
    answer = ask();
  return answer == Answer::yes;
}

}  // namespace pmx::simd
#endif
