#include "runtime/recorder.h"

#include <unistd.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "base/concat.h"
#include "codec/trace_text.h"

namespace pmx::runtime {

Recorder::Recorder(os::UniqueFd file, const Manifest& manifest) : file_(std::move(file)) {
  write(concat(R"({"pmx_init":")" PMX_VERSION R"(","trace":)", of_manifest(manifest), "}"));
}

void Recorder::note(const Event& event, Instant now) {
  std::string line =
      concat(R"({"at":)", now.time_since_epoch().count(), R"(,"event":)", trace_of_event(event));
  if (const auto* const changed = std::get_if<ManifestChanged>(&event)) {
    append(line, R"(,"trace":)", of_manifest(*changed->manifest));
  }
  write(concat(line, "}"));
}

void Recorder::note(std::span<const Effect> effects) {
  if (!effects.empty()) write(concat(R"({"effects":)", trace_of_effects(effects), "}"));
}

// Apps that are alike have the same number.
std::string Recorder::of_manifest(const Manifest& manifest) {
  std::vector<std::size_t> definitions;
  for (const App& app : manifest.apps) {
    const auto found =
        std::ranges::find_if(known_, [&](const App& known) { return are_alike(known, app); });
    definitions.push_back(static_cast<std::size_t>(found - known_.begin()));
    if (found == known_.end()) known_.push_back(app);
  }
  return trace_of_manifest(manifest, manifest.apps, definitions);
}

void Recorder::write(std::string line) {
  line += '\n';
  static_cast<void>(::write(file_.get(), line.data(), line.size()));
}

}  // namespace pmx::runtime
