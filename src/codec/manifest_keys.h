// Every key that may stand beside `apps` in a manifest: one row each. The parser, docs/manifest.md
// and docs/manifest.schema.json follow it.
#pragma once

#include <span>
#include <string_view>

#include "codec/document.h"
#include "codec/manifest_reading.h"
#include "core/manifest_settings.h"

namespace pmx {

struct ManifestKey {
  enum class Use : unsigned char {
    frame,    // who reads the document knows what it is for: `apps`, `pm2`, `defaults`, `$schema`
    used,     // has a reader
    ignored,  // it means nothing in a container
    later,    // refused until it is possible
  };

  std::string_view name;
  Use use = Use::used;
  void (*read)(ManifestReading& reading, const Node& node, ManifestSettings& manifest) = nullptr;
};

[[nodiscard]] std::span<const ManifestKey> manifest_keys() noexcept;

// The row of this name; null where there is none.
[[nodiscard]] const ManifestKey* find_manifest_key(std::string_view name) noexcept;

}  // namespace pmx
