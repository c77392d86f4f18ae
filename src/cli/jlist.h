// Instances in the shape of `pm2 jlist`, for scripts that read that.
#pragma once

#include <string>

#include "codec/document.h"

namespace pmx::cli {

// One JSON array, of what `describe` answers.
[[nodiscard]] std::string jlist_of(const Node::List& instances);

}  // namespace pmx::cli
