#include "codec/key_reading.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "codec/app_keys.h"
#include "codec/key_suggestion.h"
#include "codec/manifest_keys.h"
#include "codec/variable_reading.h"

namespace pmx {
namespace {

constexpr std::string_view kNamedEnv = "env_";

void read_named_env(ManifestReading& reading, const Node::Member& member, AppSettings& app) {
  const std::string name = member.key.substr(kNamedEnv.size());
  auto set = std::ranges::find(app.named_env, name, &NamedVariables::first);
  if (set == app.named_env.end()) set = app.named_env.insert(set, {name, {}});
  read_variables(reading, member.value, set->second);
}

}  // namespace

void read_app_keys(ManifestReading& reading, const Node& node, AppSettings& app) {
  const Node::Map* const map = node.map();
  if (map == nullptr)
    return reading.refuse(node, "is not an app", "write {\"script\": \"app.js\"}");
  for (const Node::Member& member : *map) {
    const ManifestReading::Step step(reading, member.key);
    const AppKey* const key = find_app_key(member.key);
    const std::size_t problems = reading.problems().size();
    if (key != nullptr && !member.value.is_null()) {
      app.places.push_back({key->name, member.key, member.value.mark});
    }
    const bool is_named_env = key == nullptr && member.key.starts_with(kNamedEnv);
    if (is_named_env) {
      if (!member.value.is_null()) read_named_env(reading, member, app);
    } else if (key == nullptr) {
      reading.refuse(member, "is not a key of an app", suggestion_for_app_key(member.key));
    } else if (key->use == AppKey::Use::later) {
      reading.refuse(member, "is not possible yet", "leave it out");
    } else if (key->use == AppKey::Use::ignored) {
      app.ignored.push_back(member.key);
    } else if (key->use != AppKey::Use::silent && !member.value.is_null()) {
      key->read(reading, member.value, app);
      const auto* const truth = std::get_if<bool>(&member.value.value);
      const bool is_off = truth != nullptr && !*truth;
      if (key->use == AppKey::Use::without_effect && !is_off) {
        app.without_effect.push_back(member.key);
      }
    }
    if (reading.problems().size() == problems) continue;
    app.unread.push_back(key != nullptr ? key->name
                         : is_named_env ? "env"
                                        : nearest_app_key(member.key));
  }
}

void read_manifest_key(ManifestReading& reading, const Node::Member& member,
                       ManifestSettings& manifest) {
  const ManifestKey* const key = find_manifest_key(member.key);
  if (key == nullptr) {
    return reading.refuse(member, "is not a key of a manifest",
                          suggestion_for_manifest_key(member.key));
  }
  switch (key->use) {
    case ManifestKey::Use::frame:
      break;
    case ManifestKey::Use::used:
      if (member.value.is_null()) break;
      key->read(reading, member.value, manifest);
      manifest.said.push_back(member.key);
      break;
    case ManifestKey::Use::ignored:
      manifest.ignored.push_back(member.key);
      break;
    case ManifestKey::Use::later:
      reading.refuse(member, "is not possible yet", "leave it out");
      break;
  }
}

}  // namespace pmx
