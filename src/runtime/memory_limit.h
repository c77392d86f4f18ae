// How much memory the container may use.
#pragma once

#include <cstdint>
#include <optional>

namespace pmx::runtime {

// The limit of our own control group, version 1 or 2; nothing where there is none to be seen.
[[nodiscard]] std::optional<std::uint64_t> container_memory_limit();

}  // namespace pmx::runtime
