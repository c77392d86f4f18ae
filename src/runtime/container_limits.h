// How much memory and how many processors the container may use, and what came of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pmx::runtime {

// The smallest limit of our own control group and those above it, version 1 or 2; nothing where
// there is none to be seen. `root` is where /proc and /sys are looked for.
[[nodiscard]] std::optional<std::uint64_t> container_memory_limit(const std::string& root = "");

// The file that counts which of its processes the kernel has killed because memory ran out; empty
// where there is none.
[[nodiscard]] std::string container_oom_file(const std::string& root = "");
// So many, by such a file. Does not allocate.
[[nodiscard]] std::uint64_t oom_kills_in(const std::string& file) noexcept;

// At least 1: those that we may run on, which a cpuset narrows, and no more than the smallest quota
// of our own control group and those above it, rounded up.
[[nodiscard]] unsigned container_processors();
// The quota alone.
[[nodiscard]] std::optional<unsigned> container_processor_quota(const std::string& root = "");

}  // namespace pmx::runtime
