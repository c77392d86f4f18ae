// What a manifest says about an app, before anything of it is looked up: users are names, files are
// not read, "max" is a word. runtime/ and cli/ make an App of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "core/environment.h"
#include "core/manifest.h"
#include "core/output_policy.h"
#include "core/probe.h"
#include "core/problem.h"
#include "core/process_settings.h"

namespace pmx {

enum class ExecMode : unsigned char { automatic, fork, cluster };

// How many instances: so many, or of the processors that the container may use all but some, or a
// part of them.
struct InstanceCount {
  enum class Kind : unsigned char { number, all_but, percent };
  Kind kind = Kind::number;
  unsigned amount = 1;
};

// What a variable is set to: a text, or what a file holds (without a newline at its end).
struct VariableSetting {
  enum class Source : unsigned char { text, file };
  std::string name;
  Source source = Source::text;
  std::string text;  // or the file's path
  Mark mark = {};
};
using VariableSettings = std::vector<VariableSetting>;
using NamedVariables = std::pair<std::string, VariableSettings>;

struct MemoryCeiling {
  enum class Kind : unsigned char { bytes, percent };  // of the container's limit
  Kind kind = Kind::bytes;
  std::uint64_t amount = 0;
};

struct NamedDependency {
  std::string app;
  Awaited awaited = Awaited::started;
  Mark mark = {};
};

// Where a key of an app is written, and how.
struct KeyPlace {
  std::string_view key;  // "user"
  std::string written;   // "uid"
  Mark mark;             // of its value
};

// By their names, "net_bind_service"; of what pmx-init itself has.
struct CapabilityNames {
  std::optional<std::vector<std::string>> keep;  // nothing: all
  std::vector<std::string> ambient;
  std::vector<std::string> drop;
  bool drops_all = false;
};

// What of the environment is not passed on.
struct EnvironmentFilter {
  bool all = false;
  std::vector<std::string> exact;       // variables of this name
  std::vector<std::string> containing;  // variables with this in their name
};

struct AppSettings {
  Mark mark;                     // where it stands
  std::string path;              // "apps[2]"
  std::string file;              // in which file
  std::vector<KeyPlace> places;  // of its keys, as they were read

  std::string name;  // empty: after the script
  std::string name_space = "default";
  std::string version;

  std::vector<std::string> command;  // where it is given, script and interpreter are not
  std::string script;
  std::vector<std::string> arguments;
  std::string interpreter;  // empty: by the script's extension; "none": the script itself
  std::vector<std::string> interpreter_arguments;
  std::string cwd;
  ExecMode exec_mode = ExecMode::automatic;
  std::optional<Balance> balance;
  std::optional<InstanceCount> instances;
  ClusterPolicy cluster;  // but for the balance
  std::string instance_variable = "NODE_APP_INSTANCE";
  std::string increment_variable;

  VariableSettings env;
  std::vector<NamedVariables> named_env;  // env_<name>
  std::vector<std::string> env_files;
  Environment evaluated;  // what a *.config.js has set; laid over what is inherited
  EnvironmentFilter filter;
  std::optional<unsigned> port;

  bool autostart = true;
  std::optional<Restart> autorestart;
  std::vector<std::uint8_t> stop_exit_codes;
  Duration min_uptime{1'000};
  std::optional<unsigned> max_restarts = 16;  // nothing: unlimited
  std::optional<Duration> restart_delay;
  std::optional<Duration> backoff;
  std::optional<MemoryCeiling> memory_ceiling;
  std::string cron;  // as it is written
  std::optional<Schedule> restarts_at;

  std::optional<SignalNumber> stop_signal;
  std::optional<Duration> kill_timeout;
  bool shutdown_with_message = false;
  bool treekill = true;
  bool wait_ready = false;
  Duration listen_timeout{3'000};
  std::optional<ReadyBy> ready;
  std::optional<HealthPolicy> health;
  std::optional<Duration> watchdog;
  std::optional<Hook> pre_start;
  std::optional<Hook> post_stop;

  std::string out_file;  // as they are written
  std::string error_file;
  std::string log_file;
  std::optional<bool> merge_logs;

  std::vector<NamedDependency> depends_on;
  bool was_awaited_as_completed = false;  // by one that is not chosen to run
  bool critical = false;
  bool append_env_to_name = false;
  std::optional<bool> ipc;
  std::vector<ListeningSocket> sockets;

  std::string user;
  std::string group;
  std::optional<std::vector<std::string>> groups;
  std::optional<CapabilityNames> capabilities;
  bool no_new_privileges = false;
  std::optional<unsigned> umask;
  std::optional<int> niceness;
  std::optional<int> oom_score_adjustment;
  std::vector<ResourceLimit> limits;
  std::vector<unsigned> processors;

  OutputSettings output;

  // Keys, as they are written:
  std::vector<std::string> ignored;         // that mean nothing in a container
  std::vector<std::string> without_effect;  // that mean nothing yet

  // Keys that have problems, as keys of ours; of one that does not exist the one that is meant,
  // "" where nobody can tell. So nothing is said that only follows from that.
  std::vector<std::string_view> unread;
};

}  // namespace pmx
