// An environment as tests compare it.
#pragma once

#include <string>
#include <vector>

#include "core/environment.h"

namespace pmx {

inline std::vector<std::string> all_of(const Environment& environment) {
  std::vector<std::string> all;
  for (auto variable = environment.data(); *variable != nullptr; ++variable) {
    all.emplace_back(*variable);
  }
  return all;
}

}  // namespace pmx
