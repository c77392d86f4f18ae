#include "core/memory_watch.h"

#include <algorithm>

namespace pmx {

std::optional<Instant> next_memory_look(const Member& member,
                                        std::optional<Instant> last_look) noexcept {
  const auto running_since = up_since(member.instance.state);
  if (!running_since || !member.app().memory_ceiling) return std::nullopt;
  return std::max(*running_since, last_look.value_or(*running_since)) + kMemoryInterval;
}

bool is_over_ceiling(const Member& member, std::uint64_t memory_bytes) noexcept {
  const auto& ceiling = member.app().memory_ceiling;
  return ceiling && up_since(member.instance.state) && memory_bytes > *ceiling;
}

}  // namespace pmx
