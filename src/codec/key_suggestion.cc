#include "codec/key_suggestion.h"

#include <array>
#include <vector>

#include "base/concat.h"
#include "base/named.h"
#include "base/text.h"
#include "codec/app_keys.h"
#include "codec/manifest_keys.h"

namespace pmx {
namespace {

// What it is called in files of other programs: Compose, Kubernetes, supervisord, systemd.
constexpr auto kElsewhere = std::to_array<Named<std::string_view>>({
    {"environment", "env"},
    {"environment_file", "env_file"},
    {"working_dir", "cwd"},
    {"working_directory", "cwd"},
    {"workdir", "cwd"},
    {"directory", "cwd"},
    {"restart", "autorestart"},
    {"restart_policy", "autorestart"},
    {"restart_sec", "restart_delay"},
    {"replicas", "instances"},
    {"numprocs", "instances"},
    {"workers", "instances"},
    {"scale", "instances"},
    {"entrypoint", "command"},
    {"exec_start", "command"},
    {"file", "script"},
    {"main", "script"},
    {"path", "script"},
    {"arguments", "args"},
    {"argv", "args"},
    {"stop_grace_period", "kill_timeout"},
    {"stopwaitsecs", "kill_timeout"},
    {"stopsignal", "stop_signal"},
    {"memory", "max_memory_restart"},
    {"mem_limit", "max_memory_restart"},
    {"memory_limit", "max_memory_restart"},
    {"requires", "depends_on"},
    {"after", "depends_on"},
});

std::string did_you_mean(std::string_view key) {
  return key.empty() ? std::string() : concat("did you mean ", key, "?");
}

}  // namespace

std::string_view nearest_app_key(std::string_view written) {
  std::vector<std::string_view> known;
  known.reserve(kElsewhere.size() + app_keys().size());
  for (const auto& row : kElsewhere) known.push_back(row.name);
  for (const AppKey& key : app_keys()) {
    if (key.use == AppKey::Use::later) continue;
    known.push_back(key.name);
    for (std::string_view rest = key.aliases; !rest.empty();) {
      known.push_back(next_field(rest, ' '));
    }
  }
  const auto nearest = nearest_word(in_snake_case(written), known);
  if (!nearest) return {};
  const AppKey* const key = find_app_key(*nearest);
  return key == nullptr ? *from_name(kElsewhere, *nearest) : key->name;
}

std::string_view nearest_manifest_key(std::string_view written) {
  std::vector<std::string_view> known;
  for (const ManifestKey& key : manifest_keys()) {
    if (key.use != ManifestKey::Use::later) known.push_back(key.name);
  }
  return nearest_word(in_snake_case(written), known).value_or(std::string_view{});
}

std::string suggestion_for_app_key(std::string_view written) {
  if (find_manifest_key(written) != nullptr) return "it belongs beside apps";
  return did_you_mean(nearest_app_key(written));
}

std::string suggestion_for_manifest_key(std::string_view written) {
  if (find_app_key(written) != nullptr) return "it belongs into an app, or into defaults";
  return did_you_mean(nearest_manifest_key(written));
}

}  // namespace pmx
