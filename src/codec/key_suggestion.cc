#include "codec/key_suggestion.h"

#include <array>
#include <optional>
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

std::string did_you_mean(std::string_view key) { return concat("did you mean ", key, "?"); }

// The nearest word of ours or of theirs, as our key.
std::optional<std::string_view> nearest_app_key(std::string_view snake) {
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
  const auto nearest = nearest_word(snake, known);
  if (!nearest) return std::nullopt;
  const AppKey* const key = find_app_key(*nearest);
  return key == nullptr ? from_name(kElsewhere, *nearest) : key->name;
}

std::optional<std::string_view> nearest_manifest_key(std::string_view written) {
  std::vector<std::string_view> known;
  for (const ManifestKey& key : manifest_keys()) {
    if (key.use != ManifestKey::Use::later) known.push_back(key.name);
  }
  return nearest_word(written, known);
}

}  // namespace

std::string suggestion_for_app_key(std::string_view written) {
  if (find_manifest_key(written) != nullptr) return "it belongs beside apps";
  const std::string snake = in_snake_case(written);
  const auto meant = nearest_app_key(snake);
  return meant ? did_you_mean(*meant) : std::string();
}

std::string suggestion_for_manifest_key(std::string_view written) {
  if (find_app_key(written) != nullptr) return "it belongs into an app, or into defaults";
  const auto meant = nearest_manifest_key(in_snake_case(written));
  return meant ? did_you_mean(*meant) : std::string();
}

}  // namespace pmx
