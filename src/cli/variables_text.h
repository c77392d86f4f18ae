// Variables as people read them.
#pragma once

#include <string>

#include "codec/document.h"

namespace pmx::cli {

// "NAME=value", a line each; what is not shown is "NAME=<from /run/secrets/db>". Several instances
// have a line with their name in front.
[[nodiscard]] std::string variables_of(const Node::List& instances);

}  // namespace pmx::cli
