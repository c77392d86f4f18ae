// Writes down everything that the core was told and what it asked for, for `pmx-init replay`.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/effect.h"
#include "core/event.h"
#include "core/manifest.h"
#include "os/unique_fd.h"

namespace pmx::runtime {

// Each line is in the file before what follows from it is done, so that a crash leaves its cause:
// the file is waited for, and belongs where that is quick.
class Recorder {
 public:
  // What is not written is lost: a disk that is full is no reason to stop.
  Recorder(os::UniqueFd file, const Manifest& manifest);

  // Before the core is told.
  [[gnu::noinline]] void note(const Event& event, Instant now);
  [[gnu::noinline]] void note(std::span<const Effect> effects);

 private:
  [[nodiscard]] std::string of_manifest(const Manifest& manifest);
  void write(std::string line);

  os::UniqueFd file_;
  std::vector<App> known_;  // each definition of an app that there was
};

}  // namespace pmx::runtime
