// Prints the keys that the reader of manifests knows, one a line: where, what becomes of it, its
// name, its aliases. For tests/lint/check_manifest_docs.py.
#include <cstdio>
#include <string>

#include "codec/app_keys.h"
#include "codec/manifest_keys.h"

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
}
