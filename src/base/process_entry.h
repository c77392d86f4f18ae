// A process as it was at one look into /proc.
#pragma once

#include <cstdint>

#include "base/ids.h"

namespace pmx {

struct ProcessEntry {
  Pid pid{};
  Pid parent{};
  Pid group{};
  Pid session{};
  std::uint32_t started = 0;  // in the kernel's ticks: with the pid it says who this is
  std::uint32_t cpu_ms = 0;   // used until now; wraps
  std::uint32_t resident_kib = 0;
};

}  // namespace pmx
