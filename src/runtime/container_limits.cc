#include "runtime/container_limits.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/concat.h"
#include "codec/cgroup_text.h"
#include "os/file.h"
#include "os/processors.h"

namespace pmx::runtime {
namespace {

// Calls `visit` with the folder of each group from ours up to the hierarchy's root, for as long as
// it wants more. In a container that root is mostly the container's own group, and the path that
// /proc names may be one of the host's: what is not there says nothing.
template <class Visit>
void each_group_up(const std::string& hierarchy, std::optional<std::string_view> path,
                   Visit visit) {
  if (!path) return;
  for (std::string_view group = *path;;) {
    while (group.ends_with('/')) group.remove_suffix(1);
    if (!visit(concat(hierarchy, group, "/")) || group.empty()) return;
    group = group.substr(0, group.rfind('/'));
  }
}

template <class LimitOf>
auto smallest(const std::string& hierarchy, std::optional<std::string_view> path, LimitOf limit_of)
    -> decltype(limit_of(hierarchy)) {
  decltype(limit_of(hierarchy)) least;
  each_group_up(hierarchy, path, [&](const std::string& group) {
    const auto limit = limit_of(group);
    if (limit && (!least || *limit < *least)) least = limit;
    return true;
  });
  return least;
}

std::string text_of(const std::string& path) {
  return os::read_file(path.c_str()).value_or(std::string());
}

}  // namespace

std::optional<std::uint64_t> container_memory_limit(const std::string& root) {
  const std::string groups = text_of(concat(root, "/proc/self/cgroup"));
  const CgroupPaths paths = cgroup_paths(groups);
  const std::string mount = concat(root, "/sys/fs/cgroup");
  const auto limit = smallest(mount, paths.unified, [](const std::string& group) {
    return memory_limit(text_of(concat(group, "memory.max")));
  });
  if (limit) return limit;
  return smallest(concat(mount, "/memory"), paths.memory, [](const std::string& group) {
    return memory_limit(text_of(concat(group, "memory.limit_in_bytes")));
  });
}

std::uint64_t oom_kills_in(const std::string& file) noexcept {
  std::array<char, 512> text;
  return oom_kills(os::read_into(text, file.c_str())).value_or(0);
}

std::string container_oom_file(const std::string& root) {
  const std::string groups = text_of(concat(root, "/proc/self/cgroup"));
  const CgroupPaths paths = cgroup_paths(groups);
  const std::string mount = concat(root, "/sys/fs/cgroup");
  std::string found;
  const auto look_for = [&found](const char* name) {
    return [&found, name](const std::string& group) {
      std::string file = concat(group, name);
      if (oom_kills(text_of(file))) found = std::move(file);
      return found.empty();
    };
  };
  each_group_up(mount, paths.unified, look_for("memory.events"));
  if (found.empty()) {
    each_group_up(concat(mount, "/memory"), paths.memory, look_for("memory.oom_control"));
  }
  return found;
}

std::optional<unsigned> container_processor_quota(const std::string& root) {
  const std::string groups = text_of(concat(root, "/proc/self/cgroup"));
  const CgroupPaths paths = cgroup_paths(groups);
  const std::string mount = concat(root, "/sys/fs/cgroup");
  const auto quota = smallest(mount, paths.unified, [](const std::string& group) {
    return processor_quota(text_of(concat(group, "cpu.max")));
  });
  if (quota) return quota;
  return smallest(concat(mount, "/cpu"), paths.cpu, [](const std::string& group) {
    return processor_quota(text_of(concat(group, "cpu.cfs_quota_us")),
                           text_of(concat(group, "cpu.cfs_period_us")));
  });
}

unsigned container_processors() {
  const unsigned usable = os::usable_processors();
  return std::min(usable, container_processor_quota().value_or(usable));
}

}  // namespace pmx::runtime
