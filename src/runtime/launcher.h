// From an app's settings to a running process.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/spawn_stage.h"
#include "core/environment.h"
#include "core/roster.h"
#include "os/signal_mask.h"
#include "os/spawn.h"
#include "os/unique_fd.h"

namespace pmx::runtime {

struct Launched {
  Pid pid;
  os::UniqueFd out;  // the reading ends; empty in raw format
  os::UniqueFd err;
};

// Everything that spawn() points to.
class Launcher {
 public:
  // Of one instance. Its app must outlive it; `mask` is what the child's signal mask becomes.
  Launcher(const Place& place, InstanceId instance, os::SignalMask mask);

  [[nodiscard]] std::expected<Launched, SpawnError> launch() const noexcept;

 private:
  const App& app_;
  Environment environment_;
  std::vector<const char*> slot_and_argv_;
  std::vector<os::Limit> limits_;
  os::SpawnPlan plan_;
};

}  // namespace pmx::runtime
