#include "os/descendants.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <span>

#include "os/process_list.h"

namespace pmx::os {
namespace {

constexpr std::size_t kMostProcesses = 65'536;  // of all that /proc shows

}  // namespace

namespace detail {

bool visit_descendants(Pid root, void (*take)(void*, Pid), void* context) noexcept {
  std::array<ProcessEntry, kMostProcesses> processes;  // on the stack, as far as it is filled
  std::size_t count = 0;
  const bool has_proc = for_each_process([&](const ProcessEntry& process) {
    if (count < processes.size()) processes[count++] = process;
  });
  if (!has_proc) return false;

  // Children of what is known to be below, until a round finds nobody new. /proc lists pids in
  // ascending order, so parents mostly come first and one round does.
  const std::span<ProcessEntry> all{processes.data(), count};
  std::bitset<kMostProcesses> below;
  const auto is_below = [&](Pid pid) {
    if (pid == root) return true;
    const auto found = std::ranges::lower_bound(all, pid, {}, &ProcessEntry::pid);
    return found != all.end() && found->pid == pid &&
           below[static_cast<std::size_t>(found - all.begin())];
  };
  for (bool found = true; found;) {
    found = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (below[i] || !is_below(all[i].parent)) continue;
      below[i] = true;
      found = true;
      take(context, all[i].pid);
    }
  }
  return true;
}

}  // namespace detail
}  // namespace pmx::os
