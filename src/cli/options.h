// What was typed, and what the PMX_ variables say, checked: numbers are numbers, names exist.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "core/output_policy.h"
#include "core/process_settings.h"

namespace pmx::cli {

// Who a process runs as, and what it may do.
struct IdentityOptions {
  std::string user;  // "app", "app:web", "1000:0"; empty: unchanged
  std::optional<std::vector<std::string>> groups;
  std::optional<std::uint64_t> caps_keep;
  std::uint64_t caps_ambient = 0;
  std::uint64_t caps_drop = 0;
  bool caps_drop_all = false;

  [[nodiscard]] bool changes_capabilities() const noexcept {
    return caps_keep || caps_ambient != 0 || caps_drop != 0 || caps_drop_all;
  }
};

// A key of the manifest that was given as an option: it wins over every app's own.
struct KeyOption {
  std::string key;  // "kill_timeout"
  std::string value;
  std::string source;  // how a person would find it again: "--kill-timeout"
};

// No instance keeps more.
inline constexpr unsigned kAllLines = 1'000'000;

struct Options {
  // `init`: for one command. `supervise`: for the apps of the targets, or a command with key
  // options. `control`: of the pmx-init that is running.
  enum class Ask : unsigned char {
    init,
    supervise,
    check,
    plan,
    help,
    license,
    version,
    control,
    states,
    replay
  };
  Ask ask = Ask::init;
  std::string_view topic;  // of help

  bool kill_group = false;
  bool subreaper = false;
  bool warn_on_reap = false;
  bool quiet = false;
  bool pause = false;
  bool setsid = false;
  bool is_pm2 = false;                // pm2's stop signal and kill timeout are the defaults
  bool never_ends_by_itself = false;  // whatever the manifest says
  bool json = false;                  // one JSON document instead of words for people
  bool follow = false;                // of the log
  bool dot = false;                   // of states: for Graphviz
  bool show_secrets = false;          // of env
  bool all = false;                   // of list
  bool update_env = false;            // of restart: files of variables are read again
  bool plain = false;                 // of the log: the text alone
  int verbosity = 0;
  std::optional<SignalNumber> parent_death_signal;
  std::bitset<256> ends_well;
  std::vector<std::pair<SignalNumber, SignalNumber>> rewrites;
  Duration grace{2'000};
  Duration delay{};  // before the first app is started

  OutputSettings output;
  std::string trace;  // where what happens is written down; empty: nowhere
  std::string termination_log = "/dev/termination-log";
  std::string name;

  IdentityOptions identity;
  bool no_new_privs = false;
  std::optional<unsigned> umask;
  std::optional<int> nice;
  std::optional<int> oom_score_adj;
  std::vector<ResourceLimit> limits;
  std::vector<unsigned> cpus;
  std::string cwd;
  std::vector<std::string> env;  // NAME=value
  std::vector<std::string> env_files;

  std::vector<std::string_view> ignored_variables;  // PMX_ ones that name no option
  std::vector<std::string> command;

  std::vector<std::string> targets;    // manifests and scripts
  std::vector<std::string> arguments;  // of the scripts: what stands behind "--"
  std::string request;                 // what is asked of the running one: "restart"
  std::string control;                 // its socket: "@name", a path, "off"; empty: the usual one
  std::optional<unsigned> lines;       // of the log of each instance
  std::string stream;                  // only of "stdout" or "stderr"; empty: of both
  std::string level;                   // only of this one
  std::string match;                   // only with this in their text
  std::vector<KeyOption> keys;
  std::string env_name;           // chooses env_<name> of each app
  std::vector<std::string> only;  // apps; empty: all
};

}  // namespace pmx::cli
