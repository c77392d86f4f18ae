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

struct Options {
  enum class Ask : unsigned char { run, help, license, version };
  Ask ask = Ask::run;
  std::string_view topic;  // of help

  bool kill_group = false;
  bool subreaper = false;
  bool warn_on_reap = false;
  bool quiet = false;
  bool pause = false;
  bool setsid = false;
  int verbosity = 0;
  std::optional<SignalNumber> parent_death_signal;
  std::bitset<256> ends_well;
  std::vector<std::pair<SignalNumber, SignalNumber>> rewrites;
  Duration grace{2'000};

  std::optional<LogFormat> log;
  OutputPolicy output;
  std::string name;

  std::string user;  // "app", "app:web", "1000:0"; empty: unchanged
  std::optional<std::vector<std::string>> groups;
  std::optional<std::uint64_t> caps_keep;
  std::uint64_t caps_ambient = 0;
  std::uint64_t caps_drop = 0;
  bool caps_drop_all = false;
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

  [[nodiscard]] bool changes_capabilities() const noexcept {
    return caps_keep || caps_ambient != 0 || caps_drop != 0 || caps_drop_all;
  }
};

}  // namespace pmx::cli
