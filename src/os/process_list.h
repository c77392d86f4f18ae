// The living processes of our PID namespace, as /proc shows them. Nothing here allocates.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/ids.h"
#include "base/process_entry.h"

namespace pmx::os {

namespace detail {
// Calls `take(context, process)`; see for_each_process.
bool visit_processes(void (*take)(void*, const ProcessEntry&), void* context) noexcept;
// Calls `take(context, pid)`; see for_each_child.
bool visit_children(bool (*take)(void*, Pid), void* context) noexcept;
}  // namespace detail

// Calls `take` for each, pids mostly ascending as /proc lists them; zombies are left out. False
// when there is no /proc of our PID namespace to look into. What is missed for want of descriptors
// or memory is for the next call.
template <class Take>
bool for_each_process(Take take) noexcept {
  return detail::visit_processes(
      [](void* context, const ProcessEntry& process) { (*static_cast<Take*>(context))(process); },
      &take);
}

// Calls `take` for each child of ours that has not been reaped, adopted orphans and zombies among
// them, the oldest first, until `take` says false. False when the kernel lists none (proc(5),
// /proc/TID/children), or not all of them: then nothing is known.
template <class Take>
[[nodiscard]] bool for_each_child(Take take) noexcept {
  return detail::visit_children(
      [](void* context, Pid pid) -> bool { return (*static_cast<Take*>(context))(pid); }, &take);
}

// The value with which the process was started for the variable that `prefix` ("NAME=") begins: a
// part of `room`. Nothing where it has none, where that does not fit, and where the kernel does not
// let us look (another user's process without CAP_SYS_PTRACE).
[[nodiscard]] std::optional<std::string_view> find_variable(Pid pid, std::string_view prefix,
                                                            std::span<char> room) noexcept;

// What the kernel calls it (proc(5), /proc/PID/comm): a part of `room`. Nothing: it is gone.
[[nodiscard]] std::optional<std::string_view> command_name(Pid pid, std::span<char> room) noexcept;

}  // namespace pmx::os
