// The model: which apps there are, how each lives, and what PID 1 does around them.
#pragma once

#include <bitset>
#include <string>
#include <vector>

#include "core/instance.h"
#include "core/output_policy.h"
#include "core/process_settings.h"
#include "core/signal_policy.h"

namespace pmx {

struct App {
  std::string name;
  ProcessSettings process;
  LifePolicy life;
  OutputPolicy output;
};

// What becomes of those who are left when the last app has ended.
struct EndPolicy {
  Duration grace{2'000};         // they get SIGTERM, then this long, then SIGKILL; 0: left alone
  bool terminate_group = false;  // as dumb-init: SIGTERM to the app's group, no waiting
};

struct Manifest {
  std::vector<App> apps;  // none: pause, that is to reap until SIGTERM or SIGINT
  SignalPolicy signals = forward_everything();
  EndPolicy end;
  std::bitset<256> ends_well;  // exit codes that are reported as 0
};

}  // namespace pmx
