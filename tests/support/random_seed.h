// Where a random test begins: another place each time, or PMX_SEED, to see a failure again.
#pragma once

#include <cstdlib>
#include <random>

namespace pmx {

inline unsigned random_seed() {
  const char* const chosen = std::getenv("PMX_SEED");
  if (chosen != nullptr) return static_cast<unsigned>(std::strtoul(chosen, nullptr, 10));
  return std::random_device{}();
}

}  // namespace pmx
