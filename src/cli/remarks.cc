#include "cli/remarks.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/concat.h"
#include "cli/manifest_source.h"

namespace pmx::cli {
namespace {

struct OptionWithoutEffect {
  bool is_given;
  std::string_view option;
  std::string_view instead;  // a key
};

}  // namespace

void note_options_without_effect(const ManifestSettings& settings, const Options& options,
                                 std::vector<runtime::Remark>& remarks) {
  const auto remark = [&remarks](std::string text) {
    remarks.push_back({Level::warn, "without-effect", std::move(text), true});
  };
  const std::string& chosen = options.env_name;
  const bool is_known = std::ranges::any_of(settings.apps, [&](const AppSettings& app) {
    return std::ranges::find(app.named_env, chosen, &NamedVariables::first) != app.named_env.end();
  });
  if (!chosen.empty() && !is_known) {
    remark(concat("--env ", chosen, ": no app has env_", chosen));
  }
  const OptionWithoutEffect without[] = {{!options.rewrites.empty(), "--rewrite", "signals"},
                                         {options.kill_group, "--kill-group", "treekill"}};
  for (const auto& [is_given, option, instead] : without) {
    if (!is_given) continue;
    remark(concat(option, " is for one command that is not supervised; in a manifest: ", instead));
  }
  const bool only_manifests = std::ranges::all_of(
      options.targets, [](const std::string& target) { return is_manifest_name(target); });
  if (!options.arguments.empty() && only_manifests) {
    remark(concat(options.arguments.front(),
                  " and what follows are for a script: apps of a manifest have their own args"));
  }
  if (!options.name.empty() && settings.apps.size() > 1) {
    remark(concat("--name ", options.name, ": there are ", settings.apps.size(), " apps"));
  }
}

}  // namespace pmx::cli
