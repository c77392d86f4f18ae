// operator new takes from the arena first: starting and ending one command then needs no heap.
// Neither becomes part of its callers: there are more than a thousand.
#include <cstdlib>
#include <new>

#include "os/arena.h"

// NOLINTBEGIN(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (size == 0) size = 1;  // each its own place, and none at the arena's end
  if (void* const memory = pmx::os::take_from_arena(size)) return memory;
  for (;;) {
    if (void* const memory = std::malloc(size)) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) std::abort();
    handler();
  }
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  if (!pmx::os::is_in_arena(memory)) std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
// NOLINTEND(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
