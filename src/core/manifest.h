// The model: which apps there are, how each lives, and what PID 1 does around them.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/exit_code.h"
#include "base/named.h"
#include "core/cluster_policy.h"
#include "core/instance.h"
#include "core/log_files.h"
#include "core/output_policy.h"
#include "core/process_settings.h"
#include "core/schedule.h"
#include "core/signal_policy.h"

namespace pmx {

enum class Awaited : unsigned char { started, ready, completed };  // completed: exited with 0

inline constexpr std::array<Named<Awaited>, 3> kAwaited{
    {{"started", Awaited::started}, {"ready", Awaited::ready}, {"completed", Awaited::completed}}};

// Another app, by its place in the manifest, and what must have happened to it.
struct Dependency {
  std::size_t app = 0;
  Awaited awaited = Awaited::started;

  friend bool operator==(const Dependency&, const Dependency&) = default;
};

struct App {
  std::string name;
  std::string name_space = "default";
  std::string version;
  std::string user_name;  // as people know who it runs as
  ProcessSettings process;
  LifePolicy life;
  OutputPolicy output;
  LogFiles log_files;
  unsigned instances = 1;
  std::string instance_variable;   // holds the instance's number; empty: no such variable
  std::string increment_variable;  // its value grows by one with each instance; empty: none
  bool is_clustered = false;       // its instances are workers of a Node cluster
  ClusterPolicy cluster;
  bool starts_by_itself = true;
  bool is_critical = false;  // when it ends for good, everything is stopped
  std::vector<Dependency> depends_on;
  std::optional<std::uint64_t> memory_ceiling;  // bytes; an instance that uses more is restarted
  std::optional<std::uint64_t> whole_memory_ceiling;  // of all instances: each has its part of it

  std::string cron;                     // as it was written
  std::optional<Schedule> restarts_at;  // by the clock on the wall

  friend bool operator==(const App&, const App&) = default;
};

// A process of one is as good as one of the other: how many there are, in which order they start
// and how much memory each may use does not matter to it.
[[nodiscard]] inline bool are_alike(const App& one, const App& other) {
  App adjusted = other;
  adjusted.instances = one.instances;
  adjusted.depends_on = one.depends_on;
  adjusted.memory_ceiling = one.memory_ceiling;
  adjusted.whole_memory_ceiling = one.whole_memory_ceiling;
  return adjusted == one;
}

// To be done whenever there is another number of them.
inline void divide_memory_ceiling(App& app) noexcept {
  if (app.whole_memory_ceiling) app.memory_ceiling = *app.whole_memory_ceiling / app.instances;
}

// Processes of it can be there beside each other and take turns: what they listen on is ours.
[[nodiscard]] inline bool can_overlap(const App& app) noexcept {
  return app.is_clustered || !app.process.sockets.empty();
}

// When PID 1 ends although nobody asked it to.
enum class ExitWhen : unsigned char { all_stopped, any_stopped, never };

inline constexpr std::array<Named<ExitWhen>, 3> kExitWhen{{{"all-stopped", ExitWhen::all_stopped},
                                                           {"any-stopped", ExitWhen::any_stopped},
                                                           {"never", ExitWhen::never}}};

// How everything comes to its end.
struct EndPolicy {
  ExitWhen exit_when = ExitWhen::all_stopped;
  Duration stop_timeout{9'000};  // from the request to stop until everybody gets SIGKILL
  Duration drain_delay{};        // from the request until that begins; everything goes on
  // What becomes of those who are left when the last app has ended:
  Duration grace{2'000};         // they get SIGTERM, then this long, then SIGKILL; 0: left alone
  bool terminate_group = false;  // as dumb-init: SIGTERM to the app's group, no waiting
  bool is_at_terminal = false;   // who types Ctrl-C does not wait for clients
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
