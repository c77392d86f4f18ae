// One instance as a value: its policy, its states, what can happen to it and what it asks for.
#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/fixed_list.h"
#include "base/ids.h"
#include "base/named.h"
#include "base/signals.h"
#include "base/time.h"
#include "core/probe.h"

namespace pmx {

enum class Restart : unsigned char { never, on_failure, always };

inline constexpr std::array<Named<Restart>, 3> kRestarts{
    {{"never", Restart::never}, {"on-failure", Restart::on_failure}, {"always", Restart::always}}};

// What a process of an instance is there for.
enum class Role : unsigned char { app, pre_start, post_stop };

inline constexpr std::array<Named<Role>, 3> kRoles{
    {{"app", Role::app}, {"pre_start", Role::pre_start}, {"post_stop", Role::post_stop}}};

// A command that runs beside the app's own, once for all its instances.
struct Hook {
  std::vector<std::string> command;
  Duration timeout{60'000};  // then it is killed

  friend bool operator==(const Hook&, const Hook&) = default;
};

// What the manifest says about one instance's life.
struct LifePolicy {
  Restart restart = Restart::always;
  std::bitset<256> stop_exit_codes;          // who exits with one of these is not restarted
  Duration min_uptime{1'000};                // who ends earlier is unstable
  std::optional<unsigned> max_restarts{16};  // so many unstable ends in a row: errored; or never
  std::optional<Duration> restart_delay;     // the same each time
  std::optional<Duration> backoff;           // the first; each further one is half as long again
  SignalNumber stop_signal = kSigTerm;
  bool stops_by_message = false;  // the text "shutdown" over its channel, in place of the signal
  Duration kill_timeout{8'000};
  bool clears_tree = false;        // what the process leaves behind is stopped as well
  ReadyBy ready_by;                // what makes it online
  Duration listen_timeout{3'000};  // who is not ready then is warned of
  std::optional<HealthPolicy> health;
  std::optional<Duration> watchdog;  // so long without WATCHDOG=1: unhealthy
  std::optional<Hook> pre_start;     // must exit with 0 before the app is first started
  std::optional<Hook> post_stop;     // after its last stop

  friend bool operator==(const LifePolicy&, const LifePolicy&) = default;
};

// What follows a stop: what was asked for, or what the policy says, as after a failure.
enum class After : unsigned char { stay_down, start_again, as_failure };

// Why a successor that was started beside an instance did not take its place.
enum class ReloadFailure : unsigned char {
  ended,      // before it was ready
  not_ready,  // within listen_timeout
  unwanted,   // somebody stopped it, or changed the apps
  halted,     // it was not even started: that of another instance did not become ready
  blocked,    // what it depends on cannot be had
};

// What follows when a process has ended.
struct Rest {};
struct Retry {  // at once where it is not in the future
  Instant at;
};
struct GiveUp {
  ExitStatus last;
};
struct GoOn {};  // pre_start is done: the app itself is next
using Outcome = std::variant<Rest, Retry, GiveUp, GoOn>;

// One struct per state, holding exactly what is true in that state and nothing else.
// A pid exists only where a process exists; a deadline exists only where time can move us on.
struct Stopped {};
struct Launching {                    // asked for a process; never outlives one turn of the loop
  std::optional<After> stop_after{};  // in which somebody may have changed their mind already
  bool kills = false;
};
struct Preparing {  // pre_start runs
  Pid pid;
  Instant started_at;
  Instant kill_at;
};
struct Starting {
  Pid pid;
  Instant started_at;
  std::optional<Instant> ready_by;  // nothing: that has passed, and was said
};
struct Online {
  Pid pid;
  Instant started_at;
};
struct Draining {  // it gets nothing new to do, and finishes what it has begun
  Pid pid;
  Instant started_at;
  Instant stop_at;
  After after;
};
struct Stopping {
  Pid pid;
  Instant started_at;
  Instant kill_at;
  After after;
};
struct Killing {
  Pid pid;
  Instant started_at;
  Instant repeat_at;
  After after;
};
struct Clearing {  // the process has ended; what it left behind has not
  Pid leader;
  Instant kill_at;
  Outcome outcome;
};
struct Backoff {
  Instant retry_at;
};
struct Errored {
  ExitStatus last;
};
using InstanceState = std::variant<Stopped, Launching, Preparing, Starting, Online, Draining,
                                   Stopping, Killing, Clearing, Backoff, Errored>;

struct StartRequested {};
struct FinishRequested {};  // that was the last stop: post_stop is due
struct StopRequested {
  After after = After::stay_down;
};
// The same, and it may finish first what it has begun.
struct DrainRequested {
  Duration patience{};
  After after = After::stay_down;
};
struct KillRequested {};  // no more patience
struct ProcessStarted {
  Pid pid;
};
struct ProcessFailed {  // there is no process: it could not be made, or exec failed
  ExitStatus status;
  bool is_lasting = true;  // the next attempt would fail in the same way
};
struct BecameReady {};
struct Drained {};  // it has finished
struct BecameUnhealthy {};
struct ProcessEnded {
  ExitStatus status;
};
struct TreeGone {};  // nobody is left of what the process started
struct TimePassed {};
using InstanceEvent = std::variant<StartRequested, FinishRequested, StopRequested, DrainRequested,
                                   KillRequested, ProcessStarted, ProcessFailed, BecameReady,
                                   Drained, BecameUnhealthy, ProcessEnded, TreeGone, TimePassed>;

struct Spawn {};
struct Signal {
  Pid pid{};
  SignalNumber signal{};
};
// The request to stop, over its channel; if it has none that is open, this signal.
struct SayShutdown {
  Pid pid{};
  SignalNumber otherwise{};
};
// To what is left of the tree below a process that has ended. Answered by TreeGone, now or later.
struct SignalTree {
  Pid leader{};
  SignalNumber signal{};
};
// It gets nothing new to do. Answered by Drained, if it can be known.
struct Drain {
  Pid pid{};
  Duration patience{};
};
struct CameOnline {
  Pid pid{};
};
struct NotReady {  // listen_timeout has passed; nothing else changes
  Pid pid{};
};
struct WentDown {
  Pid pid{};
  ExitStatus status{};
  Duration uptime{};
  Outcome outcome{};
  Role role{};
};
struct FailedToStart {
  ExitStatus status{};
  Outcome outcome{};
};
using InstanceEffect = std::variant<Spawn, Signal, SayShutdown, SignalTree, Drain, CameOnline,
                                    NotReady, WentDown, FailedToStart>;
using InstanceEffects = FixedList<InstanceEffect, 4>;

struct Instance {
  InstanceState state = Stopped{};
  unsigned restarts = 0;  // since it was first started, for whatever reason
  unsigned unstable_in_a_row = 0;
  unsigned short_in_a_row = 0;  // ends within kCalm of the start
  bool is_on_trial = false;     // it has one attempt
  Duration last_delay{};        // of `backoff`
  bool is_prepared = false;     // pre_start has exited with 0
  bool is_finished = false;     // post_stop was started since the last stop
};

// A run of this length ends what looked like a crash loop.
inline constexpr Duration kCalm{30'000};

}  // namespace pmx
