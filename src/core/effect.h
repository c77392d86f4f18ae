// What to do. Imperative: the core decided, runtime/ performs.
#pragma once

#include <variant>

#include "base/fixed_list.h"
#include "base/ids.h"
#include "core/note.h"
#include "core/signal_policy.h"

namespace pmx {

// Answered by Spawned or SpawnFailed.
struct SpawnProcess {
  InstanceId instance;
};
struct SignalProcess {
  Pid pid;
  SignalNumber signal;
  SignalScope scope;
};
// Everybody who is left below us. Answered by NobodyLeft when there is none.
struct SignalOthers {
  SignalNumber signal;
};
// Stop ourselves, as the job of a shell does; when continued, continue the app.
struct HaltWith {
  Pid pid;
};
struct Say {
  Note note;
};
// Write what is left to write, then end with this code.
struct Leave {
  int code;
};

using Effect = std::variant<SpawnProcess, SignalProcess, SignalOthers, HaltWith, Say, Leave>;
using Effects = FixedList<Effect, 16>;

}  // namespace pmx
