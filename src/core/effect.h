// What to do. Imperative: the core decided, runtime/ performs.
#pragma once

#include <variant>
#include <vector>

#include "base/ids.h"
#include "core/instance_state.h"
#include "core/note.h"
#include "core/probe.h"
#include "core/signal_policy.h"

namespace pmx {

// Answered by Spawned or SpawnFailed.
struct SpawnProcess {
  InstanceId instance;
  Role role = Role::app;
};
struct SignalProcess {
  Pid pid;
  SignalNumber signal;
  SignalScope scope;
};
// "shutdown" over its channel. If that cannot be: this signal to its process.
struct SendShutdown {
  InstanceId instance;
  Pid pid;
  SignalNumber otherwise;
};
// It gets nothing new to do, and is told to finish within this time. Answered by DrainDone, where
// it tells us.
struct DrainInstance {
  InstanceId instance;
  Duration patience;
};
// It gets nothing new to do from now on: it is asked to stop.
struct RetireInstance {
  InstanceId instance;
};
// Nobody of its app takes what connects any more, and nobody is to come: it is refused.
struct CloseListeners {
  InstanceId instance;
};
// To what is left of the tree below a process of the instance that has ended. Answered by
// TreeCleared, now or when the last of it has ended.
struct ClearTree {
  InstanceId instance;
  SignalNumber signal;
};
// Note who is below whom, as long as the parents are there.
struct LookAround {};
// Answered by MemoryMeasured.
struct MeasureMemory {
  InstanceId instance;
};
// A process of it was ended by a SIGKILL that is not ours: say so if it was the kernel, because
// memory ran out.
struct ExplainKill {
  InstanceId instance;
  Pid pid;
};
// Everybody who is left below us. Answered by NobodyLeft when there is none.
struct SignalOthers {
  SignalNumber signal;
};
// Ask the instance, as its app is to be asked. Answered by ProbeAnswered, now or later.
struct StartProbe {
  InstanceId instance;
  ProbePurpose purpose;
};
// Of the instance's probe nobody wants to know any more: ProbeAnswered must not come.
struct StopProbe {
  InstanceId instance;
};
// Anew, from where it came. Answered by ManifestChanged, unless there is something wrong with it.
struct ReadManifest {};
// The instance is gone for good; its place may be another's.
struct ForgetInstance {
  InstanceId instance;
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

using Effect =
    std::variant<SpawnProcess, SignalProcess, SendShutdown, DrainInstance, RetireInstance,
                 CloseListeners, ClearTree, LookAround, MeasureMemory, ExplainKill, SignalOthers,
                 StartProbe, StopProbe, ReadManifest, ForgetInstance, HaltWith, Say, Leave>;
// Whoever loops reserves Supervisor::most_effects(), once.
using Effects = std::vector<Effect>;

}  // namespace pmx
