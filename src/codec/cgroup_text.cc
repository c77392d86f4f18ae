#include "codec/cgroup_text.h"

#include <algorithm>

#include "base/text.h"

namespace pmx {

CgroupPaths cgroup_paths(std::string_view proc_cgroup) noexcept {
  CgroupPaths paths;
  while (!proc_cgroup.empty()) {
    std::string_view path = next_field(proc_cgroup, '\n');
    const std::string_view hierarchy = next_field(path, ':');
    std::string_view controllers = next_field(path, ':');
    if (hierarchy == "0" && controllers.empty()) paths.unified = path;
    while (!controllers.empty()) {
      const std::string_view controller = next_field(controllers, ',');
      if (controller == "memory") paths.memory = path;
      if (controller == "cpu") paths.cpu = path;
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

std::optional<std::uint64_t> oom_kills(std::string_view text) noexcept {
  while (!text.empty()) {
    std::string_view line = next_field(text, '\n');
    if (next_word(line) == "oom_kill") return parse_number<std::uint64_t>(trim(line));
  }
  return std::nullopt;
}

std::optional<unsigned> processor_quota(std::string_view cpu_max) noexcept {
  const std::string_view quota = next_word(cpu_max);
  return processor_quota(quota, cpu_max);
}

std::optional<unsigned> processor_quota(std::string_view quota, std::string_view period) noexcept {
  const auto time = parse_number<std::uint64_t>(trim(quota));
  const auto of = parse_number<std::uint64_t>(trim(period));
  if (!time || !of || *time == 0 || *of == 0) return std::nullopt;
  const std::uint64_t whole = *time / *of + (*time % *of == 0 ? 0 : 1);
  constexpr std::uint64_t kMost = 1U << 20;
  return static_cast<unsigned>(std::min(whole, kMost));
}

}  // namespace pmx
