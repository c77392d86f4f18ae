// Whose process is it? By its session or group, by its parents, by what an earlier look has found;
// by its environment, for which somebody must ask the kernel (docs/manifest.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/ids.h"
#include "base/process_entry.h"

namespace pmx {

// In place of an instance:
inline constexpr InstanceId kNoInstance{0xFFFF'FFFF};  // below us, but no app's
// Not below us, as what `docker exec` starts; or a part of ourselves, in our own session.
inline constexpr InstanceId kNotOurs{0xFFFF'FFFE};

struct SeenProcess {
  ProcessEntry process;
  InstanceId owner = kNotOurs;
  std::uint32_t cpu_base_ms = 0;  // what it had used at the last measurement
  bool was_asked = false;         // its environment has been looked at
};

// The same process at the look before, null if it was not there. Both looks are in ascending order
// of pids.
[[nodiscard]] const SeenProcess* find_again(std::span<const SeenProcess> before,
                                            const ProcessEntry& process) noexcept;

// Gives each process that we are above to whom its session, its group, the look before or its
// parents say. `leaders` are the processes of the instances, by InstanceId: those that are there
// and those whose tree is.
void attribute(std::span<SeenProcess> seen, std::span<const SeenProcess> before,
               std::span<const std::optional<Pid>> leaders, Pid own) noexcept;

// What has no owner gets that of its parent, and so on down.
void pass_on_to_children(std::span<SeenProcess> seen, Pid own) noexcept;

}  // namespace pmx
