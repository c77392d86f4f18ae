// How much somebody should care about a record.
#pragma once

#include <array>

#include "base/named.h"

namespace pmx {

enum class Level : unsigned char { debug, info, warn, error };

inline constexpr std::array<Named<Level>, 4> kLevels{{{"debug", Level::debug},
                                                      {"info", Level::info},
                                                      {"warn", Level::warn},
                                                      {"error", Level::error}}};

}  // namespace pmx
