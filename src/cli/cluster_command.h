// Which apps are clusters of Node, and what to write in place of a command that cannot be one.
#pragma once

#include <optional>
#include <string>

#include "core/app_settings.h"
#include "core/manifest.h"
#include "core/problem.h"

namespace pmx::cli {

struct Clustering {
  bool is_clustered = false;
  std::optional<Problem> problem = {};  // it cannot be what it is to be
  std::string remark = {};  // why it is no cluster although that was asked for; or empty
};

// npm, tsx and the like take the channel of a worker for themselves, so the node below them never
// becomes one: several of them are a problem, unless they are to know nothing of each other. What
// has to do with neither Node nor Bun is no cluster. `app` has its command, environment and
// instances already, and is started in `folder`.
[[nodiscard]] Clustering clustering_of(const AppSettings& settings, const App& app,
                                       const std::string& folder);

// As the settings say, or else as the app's variable for Node's own primary does.
[[nodiscard]] Balance balance_of(const AppSettings& settings, const App& app);

}  // namespace pmx::cli
