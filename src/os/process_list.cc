#include "os/process_list.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/fixed_text.h"
#include "base/text.h"
#include "os/file.h"
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

// The next field as a number; 0 where there is none.
template <class Number>
Number next_number(std::string_view& rest) noexcept {
  return parse_number<Number>(next_word(rest)).value_or(0);
}
Pid next_pid(std::string_view& rest) noexcept { return Pid{next_number<int>(rest)}; }
void skip(std::string_view& rest, int words) noexcept {
  for (int i = 0; i < words; ++i) static_cast<void>(next_word(rest));
}

constexpr std::uint64_t kMillisecondsInATick = 10;  // USER_HZ is 100, everywhere that we run

// Fields of /proc/PID/stat after the command's name, which may itself hold spaces and brackets
// (proc(5)).
std::optional<ProcessEntry> living_process(int proc, int pid) noexcept {
  static const auto kib_in_a_page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1'024;
  const FixedText<32> path(pid, "/stat");
  const UniqueFd file{::openat(proc, path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::array<char, 512> text;
  const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : -1;
  if (size <= 0) return std::nullopt;
  std::string_view rest{text.data(), static_cast<std::size_t>(size)};
  const std::size_t name_end = rest.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(name_end + 1);
  const std::string_view state = next_word(rest);
  if (state == "Z" || state == "X") return std::nullopt;
  ProcessEntry entry{.pid = Pid{pid}};
  entry.parent = next_pid(rest);
  entry.group = next_pid(rest);
  entry.session = next_pid(rest);
  skip(rest, 7);  // tty_nr tpgid flags minflt cminflt majflt cmajflt
  const auto user = next_number<std::uint64_t>(rest);
  const auto system = next_number<std::uint64_t>(rest);
  entry.cpu_ms = static_cast<std::uint32_t>((user + system) * kMillisecondsInATick);
  skip(rest, 6);  // cutime cstime priority nice num_threads itrealvalue
  entry.started = static_cast<std::uint32_t>(next_number<std::uint64_t>(rest));
  skip(rest, 1);  // vsize
  entry.resident_kib = static_cast<std::uint32_t>(next_number<std::uint64_t>(rest) * kib_in_a_page);
  return entry;
}

// A failure that says nothing about /proc: the next look may see it.
bool is_shortage(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == EINTR;
}

// In a /proc of another PID namespace everybody has other numbers.
bool is_of_our_namespace() noexcept {
  std::array<char, 16> self;
  const ssize_t size = ::readlink("/proc/self", self.data(), self.size());
  return size > 0 && parse_number<int>({self.data(), static_cast<std::size_t>(size)}) == ::getpid();
}

}  // namespace

bool detail::visit_processes(void (*take)(void*, const ProcessEntry&), void* context) noexcept {
  const UniqueFd proc{::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!proc) return is_shortage(errno);
  if (!is_of_our_namespace()) return false;
  alignas(DirectoryEntry) std::array<char, 4'096> entries;
  bool any = false;
  for (;;) {
    const long bytes = ::syscall(SYS_getdents64, proc.get(), entries.data(), entries.size());
    if (bytes <= 0) return any || bytes < 0;
    for (long at = 0; at < bytes;) {
      const auto* entry = reinterpret_cast<const DirectoryEntry*>(entries.data() + at);
      at += entry->length;
      const auto pid = parse_number<int>(std::string_view{entry->name});
      if (!pid) continue;
      any = true;
      if (const auto process = living_process(proc.get(), *pid)) take(context, *process);
    }
  }
}

bool detail::visit_children(bool (*take)(void*, Pid), void* context) noexcept {
  const UniqueFd file{::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC)};
  if (!file || !is_of_our_namespace()) return false;
  std::array<char, 4'096> text;  // "12 13 27 ", cut anywhere
  int pid = 0;
  for (;;) {
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    if (size <= 0) return size == 0;
    for (const char c : std::string_view{text.data(), static_cast<std::size_t>(size)}) {
      if (c != ' ') {
        pid = pid * 10 + (c - '0');
      } else if (!take(context, Pid{std::exchange(pid, 0)})) {
        return true;
      }
    }
  }
}

std::optional<std::string_view> command_name(Pid pid, std::span<char> room) noexcept {
  const FixedText<32> path("/proc/", static_cast<int>(pid), "/comm");
  const std::string_view line = read_into(room, path.c_str());
  if (line.empty()) return std::nullopt;
  return line.substr(0, line.find('\n'));
}

std::optional<std::string_view> find_variable(Pid pid, std::string_view prefix,
                                              std::span<char> room) noexcept {
  const FixedText<32> path("/proc/", static_cast<int>(pid), "/environ");
  const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) return std::nullopt;
  // A window that slides over the text; each variable ends with a NUL.
  std::array<char, 4'096> window;
  const std::size_t most = prefix.size() + room.size() + 2;
  if (most > window.size()) return std::nullopt;
  std::size_t kept = 1;
  window[0] = '\0';
  for (;;) {
    const ssize_t size = ::read(file.get(), window.data() + kept, window.size() - kept);
    if (size <= 0) return std::nullopt;
    const std::string_view text{window.data(), kept + static_cast<std::size_t>(size)};
    for (std::size_t at = text.find(prefix); at != std::string_view::npos;
         at = text.find(prefix, at + 1)) {
      const std::string_view value = text.substr(at + prefix.size());
      const std::size_t length = value.find('\0');
      if (at == 0 || text[at - 1] != '\0' || length == std::string_view::npos) continue;
      if (length > room.size()) return std::nullopt;
      value.copy(room.data(), length);
      return std::string_view{room.data(), length};
    }
    kept = std::min(text.size(), most);
    std::memmove(window.data(), text.data() + text.size() - kept, kept);
  }
}

}  // namespace pmx::os
