#include "os/arena.h"

#include <cstddef>
#include <functional>

namespace pmx::os {
namespace {

// The buffers of one app with records of the default size, and some. With it the whole program
// still fits into what one page table maps, 2 MiB.
constexpr std::size_t kSize = 1'600 * 1024;
constexpr std::size_t kAlignment = alignof(std::max_align_t);

// The release binaries place the section last (packaging/layout.ld).
[[gnu::section(".arena")]] alignas(kAlignment) char arena[kSize];
std::size_t used = 0;

}  // namespace

void* take_from_arena(std::size_t size) noexcept {
  if (size > kSize - used) return nullptr;
  void* const memory = arena + used;
  used += (size + kAlignment - 1) / kAlignment * kAlignment;
  return memory;
}

bool is_in_arena(const void* memory) noexcept {
  const std::less<const void*> is_before;
  return !is_before(memory, arena) && is_before(memory, arena + kSize);
}

}  // namespace pmx::os
