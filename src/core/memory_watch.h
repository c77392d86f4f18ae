// When the memory of an instance is looked at, and whether it is too much.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "core/members.h"

namespace pmx {

inline constexpr Duration kMemoryInterval{1'000};

// Nothing: its app has no ceiling, or it has no process that could be restarted.
[[nodiscard]] std::optional<Instant> next_memory_look(const Member& member,
                                                      std::optional<Instant> last_look) noexcept;

[[nodiscard]] bool is_over_ceiling(const Member& member, std::uint64_t memory_bytes) noexcept;

}  // namespace pmx
