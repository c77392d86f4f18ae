// What can happen. Past tense: the world acted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include "base/ids.h"
#include "base/spawn_stage.h"
#include "core/probe.h"

namespace pmx {

struct Manifest;

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
  ExitStatus status;       // what it counts as: 125, 126 or 127
  bool is_lasting = true;  // it would fail again
};
// What the app is waited for has come: its message, a probe's success…
struct Ready {
  InstanceId instance;
};
// It has finished what it had begun before DrainInstance.
struct DrainDone {
  InstanceId instance;
};
// The answer to StartProbe.
struct ProbeAnswered {
  InstanceId instance;
  ProbeResult result;
};
// By WATCHDOG=1 it says that it works.
struct WatchdogFed {
  InstanceId instance;
};
// By WATCHDOG=trigger it says that it does not work.
struct WatchdogTriggered {
  InstanceId instance;
};
// By STOPPING=1 it says that it is about to end.
struct StoppingSaid {
  InstanceId instance;
};
// Its last words are in the log already.
struct Exited {
  InstanceId instance;
  ExitStatus status;
};
// Nobody is left of what a process of it, which has ended, had started.
struct TreeCleared {
  InstanceId instance;
};
// All its processes together.
struct MemoryMeasured {
  InstanceId instance;
  std::uint64_t bytes;
};
// The terminal's Ctrl-Z, or somebody's SIGSTOP.
struct Halted {
  InstanceId instance;
};
// No descendant is left that could be waited for.
struct NobodyLeft {};
struct DeadlinePassed {};

// By the clock on the wall the app is to be restarted.
struct TimeCame {
  std::size_t app;  // in the roster
};

// What a person asks for, instance by instance (docs/control.md).
struct StartAsked {
  InstanceId instance;
};
struct StopAsked {
  InstanceId instance;
};
struct RestartAsked {  // also of one that is stopped or errored
  InstanceId instance;
};
// Replaced without an interruption where that is possible, else as by RestartAsked.
struct ReloadAsked {
  InstanceId instance;
  unsigned parallel = 0;  // so many of its app; 0: as the app has it
};
struct ResetAsked {  // its counters
  InstanceId instance;
};
struct SignalAsked {  // to its main process
  InstanceId instance;
  SignalNumber signal;
};
struct ShutdownAsked {};  // stop everything and end

// These are the apps from now on. What it points to is taken; it must be there until then.
struct ManifestChanged {
  Manifest* manifest;
  bool stops_first = false;  // who is defined in another way, also where a successor could be
  bool tries_again = false;  // also with who stayed as it was when a rollout to this failed
};

using Event =
    std::variant<Began, SignalReceived, Spawned, SpawnFailed, Ready, ProbeAnswered, WatchdogFed,
                 WatchdogTriggered, StoppingSaid, DrainDone, Exited, TreeCleared, MemoryMeasured,
                 Halted, NobodyLeft, DeadlinePassed, TimeCame, StartAsked, StopAsked, RestartAsked,
                 ReloadAsked, ResetAsked, SignalAsked, ShutdownAsked, ManifestChanged>;

}  // namespace pmx
