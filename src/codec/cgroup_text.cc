#include "codec/cgroup_text.h"

#include "base/text.h"

namespace pmx {

MemoryCgroupPaths memory_cgroup_paths(std::string_view proc_cgroup) noexcept {
  MemoryCgroupPaths paths;
  while (!proc_cgroup.empty()) {
    std::string_view path = next_field(proc_cgroup, '\n');
    const std::string_view hierarchy = next_field(path, ':');
    std::string_view controllers = next_field(path, ':');
    if (hierarchy == "0" && controllers.empty()) paths.unified = path;
    while (!controllers.empty()) {
      if (next_field(controllers, ',') == "memory") paths.memory = path;
    }
  }
  return paths;
}

std::optional<std::uint64_t> memory_limit(std::string_view text) noexcept {
  // Version 1 says "no limit" with the largest multiple of the page size.
  constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;
  const auto bytes = parse_number<std::uint64_t>(trim(text));
  return bytes && *bytes < kNoLimit ? bytes : std::nullopt;
}

}  // namespace pmx
