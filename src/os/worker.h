// A copy of ourselves that works something out and tells us: what may block or fail is done there.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "base/ids.h"
#include "os/os_error.h"
#include "os/unique_fd.h"

namespace pmx::os {

struct Worker {
  Pid pid;
  UniqueFd answer;  // what it tells, then the end of file; never blocks us
};

// Forks. In the copy `work` runs with the signal mask that we have and no descriptor of ours but
// stdin, stdout and stderr; what it returns is the answer. It dies when we do, and ends by itself;
// what went wrong in it shows as an answer that is not whole. Somebody must reap it.
[[nodiscard]] std::expected<Worker, OsError> start_worker(const std::function<std::string()>& work);

}  // namespace pmx::os
