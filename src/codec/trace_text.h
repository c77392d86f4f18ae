// A trace: what happened to the core and what it asked for, as lines of JSON (docs/hacking.md). A
// value is its name with its members, and theirs, in order: {"Exited":[0,1,0]}.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/document.h"
#include "core/effect.h"
#include "core/event.h"
#include "core/manifest.h"

namespace pmx {

// What of a manifest the core decides by: a JSON object. Environments are not in it; `definitions`
// has a number for each app, another where it is defined in another way.
[[nodiscard]] std::string trace_of_manifest(const Manifest& manifest, std::vector<App> apps,
                                            std::span<const std::size_t> definitions);
// The manifest of ManifestChanged is not in it.
[[nodiscard]] std::string trace_of_event(const Event& event);
[[nodiscard]] std::string trace_of_effects(std::span<const Effect> effects);

// Nothing where it is no event of this version. ManifestChanged points nowhere.
[[nodiscard]] std::optional<Event> read_traced_event(const Node& node);
// All of it but the apps; false where something is missing.
[[nodiscard]] bool read_traced_manifest(const Node& node, Manifest& manifest);

}  // namespace pmx
