#include "os/program_pages.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

#include "os/arena.h"

extern "C" {
// Where packaging/layout.ld puts them; null where another linker script is used.
[[gnu::weak]] extern char pmx_commands_begin[];
[[gnu::weak]] extern char pmx_commands_end[];
}

namespace pmx::os {

void give_back_commands() noexcept {
  const auto begin = reinterpret_cast<std::uintptr_t>(pmx_commands_begin);
  if (begin == 0) return;
  char* const first = pmx_commands_begin + (-begin & (kPage - 1));
  // They come back from the file.
  ::madvise(first, static_cast<std::size_t>(pmx_commands_end - first), MADV_DONTNEED);
}

}  // namespace pmx::os
