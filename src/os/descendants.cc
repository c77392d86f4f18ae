#include "os/descendants.h"

#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <span>

#include "os/process.h"
#include "os/process_list.h"

namespace pmx::os {
namespace {

constexpr std::size_t kMostProcesses = 65'536;  // of all that /proc shows

struct Relative {
  Pid pid;
  Pid parent;
};

// Of all processes, for the moment of a look: a stack may be small (`ulimit -s`). Its pages are the
// kernel's again afterwards.
class Relatives {
 public:
  Relatives() noexcept
      : pages_(::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
  }
  Relatives(const Relatives&) = delete;
  Relatives& operator=(const Relatives&) = delete;
  ~Relatives() {
    if (are_there()) ::munmap(pages_, kSize);
  }

  [[nodiscard]] bool are_there() const noexcept { return pages_ != MAP_FAILED; }
  void add(Relative relative) noexcept {
    if (count_ < kMostProcesses) all().data()[count_++] = relative;
  }
  [[nodiscard]] std::span<Relative> all() const noexcept {
    return {static_cast<Relative*>(pages_), count_};
  }

 private:
  static constexpr std::size_t kSize = kMostProcesses * sizeof(Relative);

  void* pages_;
  std::size_t count_ = 0;
};

}  // namespace

namespace detail {

bool visit_descendants(Pid root, void (*take)(void*, Pid), void* context) noexcept {
  Relatives processes;
  if (!processes.are_there()) return false;
  const bool has_proc = for_each_process(
      [&](const ProcessEntry& process) { processes.add({process.pid, process.parent}); });
  if (!has_proc) return false;

  // Children of what is known to be below, until a round finds nobody new. /proc lists pids in
  // ascending order, so parents mostly come first and one round does.
  const std::span<Relative> all = processes.all();
  std::bitset<kMostProcesses> below;
  const auto is_below = [&](Pid pid) {
    if (pid == root) return true;
    const auto found = std::ranges::lower_bound(all, pid, {}, &Relative::pid);
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

bool signal_descendants(SignalNumber signal, std::span<const Pid> spared) noexcept {
  const int number = static_cast<int>(signal);
  bool any = spared.empty();  // else nobody is hidden who has just become ours
  const auto signal_one = [&](Pid pid) {
    if (std::ranges::find(spared, pid) != spared.end()) return;
    any = true;
    ::kill(static_cast<pid_t>(pid), number);
  };
  if (!is_init()) return for_each_descendant(own_pid(), signal_one) && any;
  const auto signal_other = [&](const ProcessEntry& process) {
    if (process.pid != own_pid()) signal_one(process.pid);
  };
  if (!spared.empty() && for_each_process(signal_other)) return any;
  ::kill(-1, number);  // ESRCH: there is only us
  return true;
}

}  // namespace pmx::os
