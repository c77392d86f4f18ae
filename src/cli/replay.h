// Runs the core again on what a trace says happened to it, and compares what it asks for.
#pragma once

#include <string>

namespace pmx::cli {

// Prints what came of it; an exit code: 0 all is as it was, 1 something is not, 2 it is no trace.
[[nodiscard]] int replay(const std::string& path, bool as_json);

}  // namespace pmx::cli
