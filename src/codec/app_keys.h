// Every key that an app may have in a manifest: one row each. The parser, docs/manifest.md and
// docs/manifest.schema.json follow it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "codec/document.h"
#include "codec/manifest_reading.h"
#include "core/app_settings.h"

namespace pmx {

struct AppKey {
  enum class Use : unsigned char {
    used,
    ignored,         // it means nothing in a container
    silent,          // goes with another key, which says what there is to say
    without_effect,  // read and checked, and a warning says that nothing follows from it yet
    later,           // refused until it is possible
  };

  std::string_view name;
  std::string_view aliases{};  // with spaces between; besides, all are known inCamelCase
  Use use = Use::used;
  void (*read)(ManifestReading& reading, const Node& node, AppSettings& app) = nullptr;
};

[[nodiscard]] std::span<const AppKey> app_keys() noexcept;

// By its name, an alias, or one of those written inCamelCase; null where there is none.
[[nodiscard]] const AppKey* find_app_key(std::string_view written);

// maxMemoryRestart as max_memory_restart.
[[nodiscard]] std::string in_snake_case(std::string_view name);

}  // namespace pmx
