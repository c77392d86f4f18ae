// Every option that there is: one row each. Parsing, variables, help and docs/cli.md follow it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace pmx::cli {

enum class OptionId : std::uint8_t {
  kill_group,
  subreaper,
  parent_death_signal,
  remap_exit,
  warn_on_reap,
  verbose,
  quiet,
  single_child,
  rewrite,
  pause,
  setsid,
  grace,
  log,
  name,
  log_schema,
  json_lines,
  multiline,
  max_record,
  on_full,
  strip_ansi,
  flush_timeout,
  termination_log,
  trace,
  user,
  groups,
  caps_keep,
  caps_ambient,
  caps_drop,
  no_new_privs,
  umask,
  nice,
  rlimit,
  oom_score_adj,
  cpus,
  cwd,
  env,
  env_file,
  help,
  license,
  version,
  only,
  control,
  json,
  follow,
  lines,
  plain,
  stream,
  severity,
  match,
  show_secrets,
  all,
  update_env,
  dot,
  app_key,  // a key of the manifest, by the option's name
};

enum class Takes : std::uint8_t { nothing, once, many };  // its argument

struct OptionRow {
  OptionId id;
  std::string_view name;  // --kill-group, PMX_KILL_GROUP
  char letter;            // -g; 0: none
  Takes takes;
  bool has_variable;  // not --env; and a supervising pmx-init gives its children PMX_CONTROL
  std::string_view argument;  // what help calls it
  std::string_view help;
};

[[nodiscard]] std::span<const OptionRow> option_table() noexcept;

[[nodiscard]] const OptionRow* find_option(std::string_view name) noexcept;
[[nodiscard]] const OptionRow* find_option(char letter) noexcept;

// Words that are subcommands when they come first.
[[nodiscard]] bool is_subcommand(std::string_view word) noexcept;
[[nodiscard]] std::span<const std::string_view> subcommands() noexcept;

}  // namespace pmx::cli
