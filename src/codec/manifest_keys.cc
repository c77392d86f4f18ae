#include "codec/manifest_keys.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/named.h"
#include "base/signals.h"
#include "codec/log_reading.h"

namespace pmx {
namespace {

using Use = ManifestKey::Use;

void read_exit_when(ManifestReading& reading, const Node& node, ManifestSettings& manifest) {
  const auto word = reading.word(node, kExitWhen, "does not say when to exit");
  if (word) manifest.exit_when = *word;
}

void read_stop_timeout(ManifestReading& reading, const Node& node, ManifestSettings& manifest) {
  if (const auto value = reading.duration(node)) manifest.stop_timeout = *value;
}

void read_drain_delay(ManifestReading& reading, const Node& node, ManifestSettings& manifest) {
  if (const auto value = reading.duration(node)) manifest.drain_delay = *value;
}

void read_signals(ManifestReading& reading, const Node& node, ManifestSettings& manifest) {
  const Node::Map* const map = node.map();
  if (map == nullptr) {
    return reading.refuse(node, "does not say what signals do", "{\"SIGUSR2\": \"reload\"}");
  }
  for (const Node::Member& member : *map) {
    const ManifestReading::Step step(reading, member.key);
    const auto signal = parse_signal(member.key);
    if (!signal) {
      reading.refuse(member, "is no signal", "a name such as \"SIGUSR2\"");
    } else if (!can_ask(*signal)) {
      reading.refuse(member, "never reaches pmx-init as a request", "another signal");
    } else if (const auto meaning =
                   reading.word(member.value, kSignalMeanings, "is nothing that a signal can do")) {
      manifest.signals.emplace_back(*signal, *meaning);
    }
  }
}

void read_control(ManifestReading& reading, const Node& node, ManifestSettings& manifest) {
  if (std::holds_alternative<bool>(node.value)) {
    return reading.refuse(node, "is no place to listen at", "\"off\", \"@name\", or a path");
  }
  if (auto place = reading.filled_text(node)) manifest.control = std::move(*place);
}

constexpr auto kManifestKeys = std::to_array<ManifestKey>({
    {"apps", Use::frame},
    {"pm2", Use::frame},
    {"defaults", Use::frame},
    {"$schema", Use::frame},

    {"exit_when", Use::used, read_exit_when},
    {"stop_timeout", Use::used, read_stop_timeout},
    {"drain_delay", Use::used, read_drain_delay},
    {"signals", Use::used, read_signals},
    {"log", Use::used, read_log},
    {"control", Use::used, read_control},

    {"http", Use::later},

    {"deploy", Use::ignored},
    {"static", Use::ignored},
});

}  // namespace

std::span<const ManifestKey> manifest_keys() noexcept { return kManifestKeys; }

const ManifestKey* find_manifest_key(std::string_view name) noexcept {
  const auto* const key = std::ranges::find(kManifestKeys, name, &ManifestKey::name);
  return key == kManifestKeys.end() ? nullptr : key;
}

}  // namespace pmx
