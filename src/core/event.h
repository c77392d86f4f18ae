// What can happen. Past tense: the world acted.
#pragma once

#include <variant>

#include "base/ids.h"
#include "base/spawn_stage.h"

namespace pmx {

struct Began {};
struct SignalReceived {
  SignalNumber signal;
};
struct Spawned {
  InstanceId instance;
  Pid pid;
};
struct SpawnFailed {
  InstanceId instance;
  SpawnError error;
  ExitStatus status;  // what it counts as: 125, 126 or 127
};
// Its last words are in the log already.
struct Exited {
  InstanceId instance;
  ExitStatus status;
};
// The terminal's Ctrl-Z, or somebody's SIGSTOP.
struct Halted {
  InstanceId instance;
};
// No descendant is left that could be waited for.
struct NobodyLeft {};
struct DeadlinePassed {};

using Event = std::variant<Began, SignalReceived, Spawned, SpawnFailed, Exited, Halted, NobodyLeft,
                           DeadlinePassed>;

}  // namespace pmx
