// Prints the keys that the reader of manifests knows, one a line: where, what becomes of it, its
// name, its aliases; and those of the maps that some of them may be. For
// tests/lint/check_manifest_docs.py.
#include <cstdio>
#include <string>
#include <string_view>

#include "base/text.h"
#include "codec/app_keys.h"
#include "codec/app_reading.h"
#include "codec/log_reading.h"
#include "codec/manifest_keys.h"
#include "codec/probe_reading.h"
#include "codec/rights_reading.h"
#include "codec/socket_reading.h"

namespace {

const char* use_of(pmx::AppKey::Use use) {
  switch (use) {
    case pmx::AppKey::Use::used:
    case pmx::AppKey::Use::without_effect:
      return "used";
    case pmx::AppKey::Use::ignored:
    case pmx::AppKey::Use::silent:
      return "ignored";
    case pmx::AppKey::Use::later:
      return "later";
  }
  return "";
}

const char* use_of(pmx::ManifestKey::Use use) {
  switch (use) {
    case pmx::ManifestKey::Use::frame:
    case pmx::ManifestKey::Use::used:
      return "used";
    case pmx::ManifestKey::Use::ignored:
      return "ignored";
    case pmx::ManifestKey::Use::later:
      return "later";
  }
  return "";
}

void print_keys_of(const char* map, std::string_view words) {
  for (auto word = pmx::next_word(words); !word.empty(); word = pmx::next_word(words)) {
    std::printf("%s used %s\n", map, std::string(word).c_str());
  }
}

}  // namespace

int main() {
  for (const pmx::AppKey& key : pmx::app_keys()) {
    std::string line = std::string("app ") + use_of(key.use) + ' ' + std::string(key.name);
    if (!key.aliases.empty()) line.append(" ").append(key.aliases);
    std::puts(line.c_str());
  }
  for (const pmx::ManifestKey& key : pmx::manifest_keys()) {
    std::printf("top %s %s\n", use_of(key.use), std::string(key.name).c_str());
  }
  print_keys_of("top.log", pmx::log_keys(false));
  print_keys_of("app.log", pmx::log_keys(true));
  print_keys_of("app.log.stdout", pmx::log_stream_keys());
  print_keys_of("app.log.stderr", pmx::log_stream_keys());
  print_keys_of("app.ready", pmx::ready_keys());
  print_keys_of("app.health", pmx::health_keys());
  print_keys_of("app.sockets", pmx::kSocketKeys);
  print_keys_of("app.pre_start", pmx::kHookKeys);
  print_keys_of("app.post_stop", pmx::kHookKeys);
  print_keys_of("app.capabilities", pmx::kCapabilityKeys);
}
