// What the processes of an instance use, as of the last look at them.
#pragma once

#include <cstdint>

namespace pmx {

struct Usage {
  std::uint64_t memory_bytes = 0;  // resident, the sum over its processes
  unsigned cpu_percent = 0;        // of one processor, since the measurement before
};

}  // namespace pmx
