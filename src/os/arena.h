// Memory that is there from the start: a piece of the program's own zero pages. A heap, and each
// mapping, costs page tables when it is made and again when the process ends; this costs nothing
// until it is touched.
#pragma once

#include <cstddef>

namespace pmx::os {

// Zeros; null when there is not enough left. It is never taken back: for what is needed once,
// before the loop runs. The alignment is a power of two, at most kPage.
[[nodiscard]] void* take_from_arena(std::size_t size,
                                    std::size_t alignment = alignof(std::max_align_t)) noexcept;

// Bytes: the smallest of the machines we run on.
inline constexpr std::size_t kPage = 4096;

// While one lives nothing is taken: for much that is needed in passing, and would stay.
class ArenaRest {
 public:
  ArenaRest() noexcept;
  ~ArenaRest();
  ArenaRest(const ArenaRest&) = delete;
  ArenaRest& operator=(const ArenaRest&) = delete;
};

[[nodiscard]] bool is_in_arena(const void* memory) noexcept;

}  // namespace pmx::os
