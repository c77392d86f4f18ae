#include "codec/manifest_keys.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"

namespace pmx {
namespace {

using Use = ManifestKey::Use;

void read_exit_when(ManifestReading& reading, const Node& node, ManifestSettings& manifest) {
  const std::string* const word = node.text();
  if (word != nullptr && *word == "all-stopped") {
    manifest.exit_when = ExitWhen::all_stopped;
  } else if (word != nullptr && *word == "any-stopped") {
    manifest.exit_when = ExitWhen::any_stopped;
  } else if (word != nullptr && *word == "never") {
    manifest.exit_when = ExitWhen::never;
  } else {
    reading.refuse(node, "does not say when to exit",
                   "\"all-stopped\", \"any-stopped\" or \"never\"");
  }
}

void read_stop_timeout(ManifestReading& reading, const Node& node, ManifestSettings& manifest) {
  if (const auto value = reading.duration(node)) manifest.stop_timeout = *value;
}

constexpr auto kManifestKeys = std::to_array<ManifestKey>({
    {"apps", Use::frame},
    {"pm2", Use::frame},
    {"defaults", Use::frame},
    {"$schema", Use::frame},

    {"exit_when", Use::used, read_exit_when},
    {"stop_timeout", Use::used, read_stop_timeout},

    {"drain_delay", Use::later},
    {"signals", Use::later},
    {"log", Use::later},
    {"control", Use::later},
    {"http", Use::later},

    {"deploy", Use::ignored},
    {"static", Use::ignored},
});

void refuse_unknown_key(ManifestReading& reading, const Node::Member& member) {
  std::vector<std::string_view> known;
  known.reserve(kManifestKeys.size());
  for (const ManifestKey& key : kManifestKeys) known.push_back(key.name);
  const auto meant = nearest_word(member.key, known);
  reading.refuse(member, "is not a key of a manifest",
                 meant ? "did you mean " + std::string(*meant) + "?" : std::string());
}

}  // namespace

std::span<const ManifestKey> manifest_keys() noexcept { return kManifestKeys; }

const ManifestKey* find_manifest_key(std::string_view name) noexcept {
  const auto* const key = std::ranges::find(kManifestKeys, name, &ManifestKey::name);
  return key == kManifestKeys.end() ? nullptr : key;
}

void read_manifest_key(ManifestReading& reading, const Node::Member& member,
                       ManifestSettings& manifest) {
  const ManifestKey* const key = find_manifest_key(member.key);
  if (key == nullptr) return refuse_unknown_key(reading, member);
  switch (key->use) {
    case Use::frame:
      break;
    case Use::used:
      if (!member.value.is_null()) key->read(reading, member.value, manifest);
      break;
    case Use::ignored:
      manifest.ignored.push_back(member.key);
      break;
    case Use::later:
      reading.refuse(member, "is not possible yet", "leave it out");
      break;
  }
}

}  // namespace pmx
