// What pmx-init has to say: the events of the log, as values. codec/ gives them their form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "base/ids.h"
#include "base/level.h"
#include "base/spawn_stage.h"
#include "base/time.h"
#include "core/instance_state.h"
#include "core/probe.h"

namespace pmx {

struct StartedNote {
  InstanceId instance;
  Pid pid;
  Role role = Role::app;
};
struct StartFailedNote {
  InstanceId instance;
  SpawnError error;
  ExitStatus status;
  Role role = Role::app;
};
struct ReadyNote {
  InstanceId instance;
  Pid pid;
};
struct NotReadyNote {
  InstanceId instance;
  Pid pid;
  ProbeResult last{};  // what the last probe said, if there is one
};
// It is stopped because of that.
struct UnhealthyNote {
  InstanceId instance;
  Pid pid;
  ProbeResult last;
  unsigned bad_in_a_row;  // 0: it did not feed its watchdog
};
// What follows the end of a process.
struct Sequel {
  enum class Kind : unsigned char { nothing, restart, give_up };
  Kind kind = Kind::nothing;
  unsigned restart = 0;  // its number, from 1
  Duration delay{};
  unsigned unstable_in_a_row = 0;
  unsigned short_in_a_row = 0;
};
struct ExitedNote {
  InstanceId instance;
  Pid pid;
  ExitStatus status;
  Duration uptime;
  bool as_expected;  // with a code that counts as 0, or as the signal that was sent to it says
  Sequel next{};
  Role role = Role::app;
};
struct RetryNote {  // of a start that failed
  InstanceId instance;
  Sequel next;
};
// It never starts, because of the app that it depends on, or of its own: pre_start has failed.
struct BlockedNote {
  InstanceId instance;
  std::size_t app;  // in the manifest
};
// It was asked to stop, and did not within its kill_timeout; or its turn to be asked never came. A
// hook: it did not end in time.
struct KilledNote {
  InstanceId instance;
  Pid pid;
  Role role = Role::app;
  bool is_at_once = false;  // because the stop of everything was asked for twice
  bool was_asked = true;
};
// It uses more than its ceiling, and is restarted.
struct MemoryLimitNote {
  InstanceId instance;
  Pid pid;
  std::uint64_t bytes;
  std::uint64_t ceiling;
};
// The kernel has killed it because the container's memory ran out.
struct OomKilledNote {
  InstanceId instance;
  Pid pid;
  std::uint64_t limit;  // of the container, in bytes; 0: none
};
// A successor is started in its place.
struct ReloadingNote {
  InstanceId instance;
  InstanceId successor;
};
struct ReloadedNote {  // it has the place of another, which is gone
  InstanceId instance;
};
// The successor did not become ready, and is removed; the old one stays, and those who were to be
// replaced after it do too. But who is at fault itself is restarted.
struct ReloadFailedNote {
  InstanceId instance;  // who stays
  ReloadFailure why = ReloadFailure::ended;
  unsigned others = 0;  // who are not replaced either
  bool is_restarted = false;
};
// By the clock on the wall it is started, or started again.
struct ScheduledNote {
  InstanceId instance;
};
// Over its channel it sends a message that is longer than we take.
struct MessageTooLongNote {
  InstanceId instance;
  Pid pid;
};
// What becomes of the files that its lines are appended to.
struct LogFileNote {
  InstanceId instance;
  std::string_view text;
};
// Over its channel it tells of an error that it has caught.
struct ExceptionNote {
  InstanceId instance;
  Pid pid;
  std::string_view error;  // its name: "TypeError"; may be empty
  std::string_view text;   // with its stack, where it has one
};
// Its end is that of everything.
struct EndDecidedNote {
  InstanceId instance;
  int code;
};
struct StopAskedNote {  // to stop everything
  SignalNumber signal;  // 0: it was not a signal that asked
  bool at_once;         // for the second time
  Duration drain{};     // so long everything goes on before it is stopped
};
struct SignalIgnoredNote {
  SignalNumber signal;
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
  Duration grace;  // that they had
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
  bool is_routine;
};

using Note =
    std::variant<StartedNote, StartFailedNote, ReadyNote, NotReadyNote, UnhealthyNote, ExitedNote,
                 RetryNote, BlockedNote, KilledNote, MemoryLimitNote, OomKilledNote, ReloadingNote,
                 ReloadedNote, ReloadFailedNote, ScheduledNote, MessageTooLongNote, LogFileNote,
                 ExceptionNote, EndDecidedNote, StopAskedNote, SignalIgnoredNote, SignalNote,
                 SignalFailedNote, StoppingOthersNote, ReapedNote, DroppedNote, RefusedNote,
                 RemarkNote>;

}  // namespace pmx
