// What a manifest says as a whole, before anything of it is looked up.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "core/app_settings.h"
#include "core/manifest.h"

namespace pmx {

struct ManifestSettings {
  std::vector<AppSettings> apps;
  bool lacks_apps = false;  // some could not be read at all
  ExitWhen exit_when = ExitWhen::all_stopped;
  Duration stop_timeout{9'000};  // from the request to SIGKILL for everything that is left
  Duration drain_delay{};        // from the request until anything is stopped
  std::vector<std::pair<SignalNumber, SignalMeaning>> signals;
  OutputSettings output;
  std::string control;               // where commands are taken, "off", or empty: the usual place
  std::vector<std::string> ignored;  // top-level keys that mean nothing in a container
  std::vector<std::string> said;     // those that mean something
  // Those of further manifests that say something else: "stop_timeout of b.json".
  std::vector<std::string> overruled;
};

}  // namespace pmx
