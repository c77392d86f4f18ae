// What the kernel writes about control groups (cgroups(7)).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pmx {

// Of /proc/PID/cgroup: the path in the version 2 hierarchy, and in version 1's memory hierarchy.
struct MemoryCgroupPaths {
  std::optional<std::string_view> unified;
  std::optional<std::string_view> memory;
};
[[nodiscard]] MemoryCgroupPaths memory_cgroup_paths(std::string_view proc_cgroup) noexcept;

// Of memory.max or memory.limit_in_bytes: bytes; nothing when there is no limit.
[[nodiscard]] std::optional<std::uint64_t> memory_limit(std::string_view text) noexcept;

}  // namespace pmx
