// Memory that is there from the start: a piece of the program's own zero pages. A heap, and each
// mapping, costs page tables when it is made and again when the process ends; this costs nothing
// until it is touched.
#pragma once

#include <cstddef>

namespace pmx::os {

// Zeros, aligned like what malloc returns; null when there is not enough left. It is never taken
// back: for what is needed once, before the loop runs.
[[nodiscard]] void* take_from_arena(std::size_t size) noexcept;

[[nodiscard]] bool is_in_arena(const void* memory) noexcept;

}  // namespace pmx::os
