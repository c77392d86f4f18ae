// The model: which apps there are, how each lives, and what PID 1 does around them.
#pragma once

#include <bitset>
#include <string>
#include <vector>

#include "base/exit_code.h"
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

// What PID 1 reports when an app could not be started.
struct FailureCodes {
  int cannot_work = number(ExitCode::cannot_work);
  int cannot_execute = number(ExitCode::cannot_execute);
  int command_missing = number(ExitCode::command_missing);
  int other_failure = number(ExitCode::cannot_execute);  // of exec: no program, a loop of links…
};

struct Manifest {
  std::vector<App> apps;  // none: pause, that is to reap until SIGTERM or SIGINT
  OutputPolicy log;       // of pmx-init's own records
  SignalPolicy signals = forward_everything();
  EndPolicy end;
  FailureCodes failure_codes;
  std::bitset<256> ends_well;  // exit codes that are reported as 0
};

}  // namespace pmx
