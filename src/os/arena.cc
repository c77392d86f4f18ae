#include "os/arena.h"

#include <cstddef>
#include <functional>

namespace pmx::os {
namespace {

// The buffers of one app with records of the default size, and some. With it the whole program
// still fits into what one page table maps, 2 MiB.
constexpr std::size_t kSize = 1'616 * 1024;

// The release binaries place the section last (packaging/layout.ld).
[[gnu::section(".arena")]] alignas(kPage) char arena[kSize];
std::size_t used = 0;
bool rests = false;

}  // namespace

void* take_from_arena(std::size_t size, std::size_t alignment) noexcept {
  const std::size_t begin = (used + alignment - 1) & ~(alignment - 1);
  if (rests || begin > kSize || size > kSize - begin) return nullptr;
  used = begin + size;
  return arena + begin;
}

ArenaRest::ArenaRest() noexcept { rests = true; }
ArenaRest::~ArenaRest() { rests = false; }

bool is_in_arena(const void* memory) noexcept {
  const std::less<const void*> is_before;
  return !is_before(memory, arena) && is_before(memory, arena + kSize);
}

}  // namespace pmx::os
