#include "os/descendants.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/text.h"
#include "os/unique_fd.h"

namespace pmx::os {
namespace {

// What getdents64(2) fills in; readdir would allocate.
struct DirectoryEntry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  std::uint8_t type;
  char name[1];
};

struct Process {
  int pid;
  int parent;
  bool below_root;
};

constexpr std::size_t kMostProcesses = 4'096;

// Fields of /proc/PID/stat after the command's name, which may itself hold spaces and brackets
// (proc(5)): the state, then the parent.
std::optional<int> living_parent(int proc, std::string_view name) noexcept {
  std::array<char, 32> path{};
  std::ranges::copy(name, path.begin());
  std::ranges::copy(std::string_view{"/stat"},
                    path.begin() + static_cast<std::ptrdiff_t>(name.size()));
  const UniqueFd file{::openat(proc, path.data(), O_RDONLY | O_CLOEXEC)};
  std::array<char, 512> text;
  const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : -1;
  if (size <= 0) return std::nullopt;
  std::string_view rest{text.data(), static_cast<std::size_t>(size)};
  const std::size_t name_end = rest.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(name_end + 1);
  const std::string_view state = next_word(rest);
  if (state == "Z" || state == "X") return std::nullopt;
  return parse_number<int>(next_word(rest));
}

// A failure that says nothing about /proc: the next look may see it.
bool is_shortage(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == EINTR;
}

template <class Take>
bool for_each_process(Take take) noexcept {
  const UniqueFd proc{::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!proc) return is_shortage(errno);
  alignas(DirectoryEntry) std::array<char, 4'096> entries;
  bool any = false;
  for (;;) {
    const long bytes = ::syscall(SYS_getdents64, proc.get(), entries.data(), entries.size());
    if (bytes <= 0) return any || bytes < 0;
    for (long at = 0; at < bytes;) {
      const auto* entry = reinterpret_cast<const DirectoryEntry*>(entries.data() + at);
      at += entry->length;
      const std::string_view name{entry->name};
      const auto pid = parse_number<int>(name);
      if (!pid || name.size() > 20) continue;
      any = true;
      if (const auto parent = living_parent(proc.get(), name)) take(*pid, *parent);
    }
  }
}

}  // namespace

namespace detail {

bool visit_descendants(Pid root, void (*take)(void*, Pid), void* context) noexcept {
  std::array<Process, kMostProcesses> processes;  // 48 kB of stack, as far as there are processes
  std::size_t count = 0;
  const bool readable = for_each_process([&](int pid, int parent) {
    if (count < kMostProcesses) processes[count++] = {pid, parent, false};
  });
  if (!readable) return false;

  // Children of what is known to be below, until a round finds nobody new. /proc lists pids in
  // ascending order, so parents mostly come first and one round does.
  const std::span<Process> all{processes.data(), count};
  const auto is_below = [&](int pid) {
    if (pid == static_cast<int>(root)) return true;
    const auto found = std::ranges::lower_bound(all, pid, {}, &Process::pid);
    return found != all.end() && found->pid == pid && found->below_root;
  };
  for (bool found = true; found;) {
    found = false;
    for (Process& process : all) {
      if (process.below_root || !is_below(process.parent)) continue;
      process.below_root = true;
      found = true;
      take(context, Pid{process.pid});
    }
  }
  return true;
}

}  // namespace detail
}  // namespace pmx::os
