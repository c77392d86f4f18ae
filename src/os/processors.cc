#include "os/processors.h"

#include <sched.h>

#include <algorithm>
#include <array>

namespace pmx::os {

unsigned usable_processors() noexcept {
  std::array<cpu_set_t, 8> sets{};  // 8,192 processors, as many as Linux can be built for
  if (::sched_getaffinity(0, sizeof sets, sets.data()) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT_S(sizeof sets, sets.data())));
}

}  // namespace pmx::os
