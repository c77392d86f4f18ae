// Whether others may look at us through /proc, kept over what takes it away: a change of user or
// group, of ours or of a process that runs in our memory (PR_SET_DUMPABLE(2const)).
#pragma once

#include <sys/prctl.h>

namespace pmx::os {

// What was so when it was made is so again when it ends.
class KeptDumpable {
 public:
  KeptDumpable() noexcept = default;
  KeptDumpable(const KeptDumpable&) = delete;
  KeptDumpable& operator=(const KeptDumpable&) = delete;
  ~KeptDumpable() {
    if (was_so_) ::prctl(PR_SET_DUMPABLE, 1);
  }

 private:
  bool was_so_ = ::prctl(PR_GET_DUMPABLE) == 1;
};

}  // namespace pmx::os
