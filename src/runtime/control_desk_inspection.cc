// Requests that ask how apps are defined.
#include <unistd.h>

#include <string_view>
#include <vector>

#include "codec/json_writer.h"
#include "codec/manifest_text.h"
#include "os/capabilities.h"
#include "runtime/control_desk.h"
#include "runtime/launcher.h"

namespace pmx::runtime {
namespace {

std::string_view key_for(VariableOrigin::Kind kind) noexcept {
  switch (kind) {
    case VariableOrigin::Kind::file:
      return "file";
    case VariableOrigin::Kind::env_file:
      return "env_file";
    case VariableOrigin::Kind::filled_in:
      return "filled_in";
    case VariableOrigin::Kind::evaluated:
      return "evaluated";
  }
  return {};
}

void write_variables(const Environment& environment, bool shows_secrets, JsonWriter& json) {
  json.begin_object();
  for (const char* const* variable = environment.data(); *variable != nullptr; ++variable) {
    const std::string_view assignment{*variable};
    const std::size_t equals = assignment.find('=');
    if (equals == assignment.npos) continue;
    const std::string_view name = assignment.substr(0, equals);
    const VariableOrigin* const origin = shows_secrets ? nullptr : environment.origin_of(name);
    json.key(name);
    if (origin == nullptr) {
      json.value(assignment.substr(equals + 1));
    } else {
      json.begin_object().member(key_for(origin->kind), origin->text).end_object();
    }
  }
  json.end_object();
}

}  // namespace

void ControlDesk::env(const Case& asked, const std::vector<InstanceId>& targets) {
  const bool shows_secrets = asked.request.flag("show_secrets");
  JsonWriter json;
  json.begin_array();
  for (const InstanceId id : targets) {
    const Place& place = supervisor_.roster()[id];
    json.begin_object().member("id", place.id).member("name", place.app->name);
    json.member("instance", place.number).key("env");
    write_variables(environment_of(place, id), shows_secrets, json);
    json.end_object();
  }
  json.end_array();
  succeed(asked, json.text());
}

void ControlDesk::save(const Case& asked, const std::vector<InstanceId>&) {
  const std::vector<App> apps = supervisor_.wanted_apps();
  if (apps.empty())
    return fail(asked.client, kFailed, "there is no app that could be saved", asked.now);
  succeed(asked, manifest_text(supervisor_.manifest(), apps, environ, os::capability_name));
}

}  // namespace pmx::runtime
