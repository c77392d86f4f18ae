// Why the container ended, where Kubernetes looks for it: the file that a pod's
// `terminationMessagePath` names, /dev/termination-log by default
// (https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fixed_text.h"
#include "base/ids.h"
#include "core/roster.h"

namespace pmx::runtime {

// How each instance ended last, and what it wrote to stderr before. Keeps nothing where there is
// no such file, which is everywhere else.
class TerminationLog {
 public:
  // Kubernetes shows so many bytes.
  static constexpr std::size_t kMostBytes = 4'096;
  static constexpr std::size_t kMostLines = 10;

  // An empty path is no file.
  TerminationLog(std::string path, std::size_t instances);

  [[nodiscard]] bool is_wanted() const noexcept { return !path_.empty(); }
  void make_room(std::size_t instances) noexcept;

  void keep_stderr(InstanceId instance, std::string_view bytes) noexcept;
  // In a sentence, of which the instance is the subject.
  void ended(InstanceId instance, std::string_view how) noexcept;
  // Another one may have its number next.
  void forget(InstanceId instance) noexcept;
  // Nothing was started, because of this.
  void refused(std::string_view why) noexcept;

  // In place of what is there. Nobody decided: only what was refused.
  void write(const Roster& roster, std::optional<InstanceId> decider) const noexcept;

 private:
  struct Ending {
    std::string how;
    std::string stderr_tail;
  };

  using Text = FixedText<kMostBytes>;

  void overwrite(std::string_view why, std::string_view stderr_tail) const noexcept;

  std::string path_;
  std::string refusal_;
  std::vector<Ending> endings_;  // by InstanceId
};

}  // namespace pmx::runtime
