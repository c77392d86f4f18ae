// A copy of ourselves for what may block or fail: it works something out, or writes to a volume.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <span>
#include <string_view>

#include "base/ids.h"
#include "os/os_error.h"
#include "os/unique_fd.h"

namespace pmx::os {

struct Worker {
  Pid pid;
  UniqueFd answer;  // what it tells, then the end of file; never blocks us
};

// Forks. In the copy `work` runs with the signal mask that we have and no descriptor of ours but
// stdin, stdout, stderr and those `handed` to it, at most kMostHanded, which are numbered from
// kFirstHanded on. It dies when we do, and ends by itself; what went wrong in it shows as an answer
// that is not whole. Somebody must reap it.
inline constexpr std::size_t kMostHanded = 2;
inline constexpr int kFirstHanded = 4;
[[nodiscard]] std::expected<Worker, OsError> start_worker(const std::function<void()>& work,
                                                          std::span<const int> handed = {});

// In the copy.
void tell(std::string_view bytes) noexcept;

}  // namespace pmx::os
