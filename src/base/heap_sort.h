// Sorting in little code: std::sort is fast for thousands of elements and takes 3 KB for each kind
// of them; here there are a few.
#pragma once

#include <algorithm>
#include <functional>

namespace pmx {

// Ascending by the projection; equal ones in any order.
template <class Range, class Projection = std::identity>
constexpr void heap_sort(Range& range, Projection projection = {}) {
  std::ranges::make_heap(range, {}, projection);
  std::ranges::sort_heap(range, {}, projection);
}

}  // namespace pmx
