// pmx-init under its own name: one command, as a manifest of one app.
#pragma once

#include "cli/init_request.h"
#include "cli/options.h"

namespace pmx::cli {

// Resolves names and files. What cannot be resolved becomes a request that only says so.
[[nodiscard]] InitRequest request_for(const Options& options);

// What every way of starting several apps shares: output, voice, subreaper. It names no app yet.
[[nodiscard]] InitRequest supervising_request(const Options& options);

}  // namespace pmx::cli
