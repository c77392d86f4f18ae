// What the kernel writes about control groups (cgroups(7)).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pmx {

// Of /proc/PID/cgroup: the path in the version 2 hierarchy, and in two of version 1.
struct CgroupPaths {
  std::optional<std::string_view> unified;
  std::optional<std::string_view> memory;
  std::optional<std::string_view> cpu;
};
[[nodiscard]] CgroupPaths cgroup_paths(std::string_view proc_cgroup) noexcept;

// Of memory.max or memory.limit_in_bytes: bytes; nothing when there is no limit.
[[nodiscard]] std::optional<std::uint64_t> memory_limit(std::string_view text) noexcept;

// Of memory.events or version 1's memory.oom_control: how many processes the kernel has killed
// because there was no memory left; nothing where it does not say so.
[[nodiscard]] std::optional<std::uint64_t> oom_kills(std::string_view text) noexcept;

// As many processors as the quota can keep busy, rounded up; nothing when there is no quota.
// Of cpu.max: "150000 100000" is 2.
[[nodiscard]] std::optional<unsigned> processor_quota(std::string_view cpu_max) noexcept;
// Of version 1's cpu.cfs_quota_us (-1: none) and cpu.cfs_period_us.
[[nodiscard]] std::optional<unsigned> processor_quota(std::string_view quota,
                                                      std::string_view period) noexcept;

}  // namespace pmx
