// Instances in the shape of `pm2 jlist`, for scripts that read that.
#pragma once

#include <cstdint>
#include <string>

#include "codec/document.h"

namespace pmx::cli {

// One JSON array, of what `describe` answers. `now_ms` is the wall clock, in milliseconds since
// 1970.
[[nodiscard]] std::string jlist_of(const Node::List& instances, std::int64_t now_ms);

}  // namespace pmx::cli
