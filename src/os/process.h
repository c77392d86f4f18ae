// Our own place among processes, and signals to others.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "base/ids.h"
#include "os/os_error.h"

namespace pmx::os {

[[nodiscard]] Pid own_pid() noexcept;
[[nodiscard]] unsigned own_user() noexcept;  // effective
[[nodiscard]] inline bool is_init() noexcept { return own_pid() == Pid{1}; }

// Orphans below us become our children (prctl(2), PR_SET_CHILD_SUBREAPER).
[[nodiscard]] std::expected<void, OsError> become_subreaper() noexcept;

// We get this signal when our parent dies (PR_SET_PDEATHSIG).
[[nodiscard]] std::expected<void, OsError> set_parent_death_signal(SignalNumber signal) noexcept;

[[nodiscard]] std::expected<void, OsError> signal_process(Pid pid, SignalNumber signal) noexcept;
[[nodiscard]] std::expected<void, OsError> signal_group(Pid leader, SignalNumber signal) noexcept;

// Stops us until somebody sends SIGCONT, unless we are PID 1 or somebody has sent it already.
void halt_self() noexcept;

// Stops our process group as Ctrl-Z does: a pipeline counts as stopped when all its parts are.
// Where no shell could continue the group the kernel does not stop it, and this returns at once.
// The SIGCONT that ends it is taken: sent on later, it would undo the next Ctrl-Z.
void halt_job() noexcept;

// Descriptors 0, 1 and 2 that are closed become places that can neither be read nor written, and
// that no child inherits, so that nothing else of ours lands there. False if there is no room.
[[nodiscard]] bool fill_standard_descriptors() noexcept;

// Our soft limit of open files becomes the hard one: we need two for each instance, and 1,024 are
// few for that.
void raise_descriptor_limit() noexcept;
// How it was before, if that changed it: what those get whom we start.
struct DescriptorLimit {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};
[[nodiscard]] std::optional<DescriptorLimit> former_descriptor_limit() noexcept;

}  // namespace pmx::os
