// What pmx-init has to say: the events of the log, as values. codec/ gives them their form.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/ids.h"
#include "base/spawn_stage.h"
#include "base/time.h"

namespace pmx {

enum class Level : unsigned char { debug, info, warn, error };

struct StartedNote {
  InstanceId instance;
  Pid pid;
};
struct StartFailedNote {
  InstanceId instance;
  SpawnError error;
  ExitStatus status;
};
struct ExitedNote {
  InstanceId instance;
  Pid pid;
  ExitStatus status;
  Duration uptime;
  bool as_expected;  // with a code that counts as 0, or as the signal that was sent to it says
};
struct SignalNote {
  SignalNumber received;
  SignalNumber sent;  // 0: swallowed
};
struct SignalFailedNote {
  Pid pid;
  SignalNumber signal;
  int error_number;
};
// Those who were left got this signal.
struct StoppingOthersNote {
  SignalNumber signal;
};
struct ReapedNote {
  Pid pid;
  ExitStatus status;
};
struct DroppedNote {
  std::uint64_t records;  // of apps
  std::uint64_t own;      // of ours
};
// pmx-init does not even try to start the app.
struct RefusedNote {
  std::string_view why;
  int code;
};
// Anything that needs a sentence of its own.
struct RemarkNote {
  Level level;
  std::string_view event;
  std::string_view text;
};

using Note = std::variant<StartedNote, StartFailedNote, ExitedNote, SignalNote, SignalFailedNote,
                          StoppingOthersNote, ReapedNote, DroppedNote, RefusedNote, RemarkNote>;

}  // namespace pmx
