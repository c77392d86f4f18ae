#include "runtime/memory_limit.h"

#include <string>
#include <string_view>

#include "codec/cgroup_text.h"
#include "os/file.h"

namespace pmx::runtime {
namespace {

// In a container the hierarchy's root is mostly the container's own group, and the path that
// /proc names is mostly one of the host's; so both are tried.
std::optional<std::uint64_t> limit_in(const std::string& hierarchy,
                                      std::optional<std::string_view> path, const char* file) {
  if (!path) return std::nullopt;
  for (const std::string& folder : {hierarchy + std::string(*path), hierarchy}) {
    const auto text = os::read_file((folder + "/" + file).c_str());
    if (text) return memory_limit(*text);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> container_memory_limit() {
  const auto groups = os::read_file("/proc/self/cgroup");
  if (!groups) return std::nullopt;
  const MemoryCgroupPaths paths = memory_cgroup_paths(*groups);
  if (const auto limit = limit_in("/sys/fs/cgroup", paths.unified, "memory.max")) return limit;
  return limit_in("/sys/fs/cgroup/memory", paths.memory, "memory.limit_in_bytes");
}

}  // namespace pmx::runtime
