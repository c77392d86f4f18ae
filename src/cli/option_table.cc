#include "cli/option_table.h"

#include <algorithm>
#include <array>

namespace pmx::cli {
namespace {

using enum OptionId;
using enum Takes;

constexpr std::array kOptions = std::to_array<OptionRow>({
    {kill_group, "kill-group", 'g', nothing, true, "",
     "send signals to the command's process group"},
    {subreaper, "subreaper", 's', nothing, true, "", "adopt orphans (done anyway when not PID 1)"},
    {parent_death_signal, "parent-death-signal", 'p', once, true, "SIG",
     "get SIG when the parent dies"},
    {remap_exit, "remap-exit", 'e', many, true, "CODE", "report exit code CODE as 0"},
    {rewrite, "rewrite", 'r', many, true, "FROM:TO", "send signal TO in place of FROM; 0: none"},
    {setsid, "setsid", 0, nothing, true, "",
     "a session of its own for the command, signals to all of it"},
    {single_child, "single-child", 'c', nothing, true, "",
     "accepted for dumb-init's sake; changes nothing"},
    {pause, "pause", 'P', nothing, true, "", "run no command: reap until SIGTERM or SIGINT"},
    {grace, "grace", 0, once, true, "DURATION", "how long others may end after the command (2s)"},
    {warn_on_reap, "warn-on-reap", 'w', nothing, true, "", "say when an orphan was reaped"},
    {verbose, "verbose", 'v', nothing, true, "", "say more; twice: every signal"},
    {quiet, "quiet", 'q', nothing, true, "", "warnings and errors only"},
    {log, "log", 0, once, true, "json|text|raw", "form of the log (json; raw on a terminal)"},
    {name, "name", 0, once, true, "NAME", "the app's name in records"},
    {log_schema, "log-schema", 0, once, true, "pmx|ecs|gcp|pm2", "names of the fields (pmx)"},
    {json_lines, "json-lines", 0, once, true, "merge|wrap",
     "what becomes of lines that are JSON objects"},
    {multiline, "multiline", 0, once, true, "off|indent|node",
     "which lines belong together (stderr: node)"},
    {max_record, "max-record", 0, once, true, "SIZE", "longest record in bytes (16383)"},
    {on_full, "on-full", 0, once, true, "wait|drop",
     "when stdout is slow: the app waits, or loses records"},
    {strip_ansi, "strip-ansi", 0, nothing, true, "", "remove colours and other terminal sequences"},
    {flush_timeout, "flush-timeout", 0, once, true, "DURATION",
     "at the end: wait for stdout this long (5s)"},
    {termination_log, "termination-log", 0, once, true, "FILE",
     "where Kubernetes looks why it ended"},
    {trace, "trace", 0, once, true, "FILE", "what happens is written there, for replay"},
    {user, "user", 0, once, true, "USER[:GROUP]", "who the command runs as"},
    {groups, "groups", 0, once, true, "A,B", "its supplementary groups"},
    {caps_keep, "caps-keep", 0, many, true, "LIST", "the capabilities that it can ever have"},
    {caps_ambient, "caps-ambient", 0, many, true, "LIST", "those that it has without being root"},
    {caps_drop, "caps-drop", 0, many, true, "LIST|all", "those that it can never have"},
    {no_new_privs, "no-new-privs", 0, nothing, true, "", "exec grants it nothing"},
    {OptionId::umask, "umask", 0, once, true, "MASK", "its file mode creation mask, octal"},
    {OptionId::nice, "nice", 0, once, true, "N", "its niceness, -20 to 19"},
    {rlimit, "rlimit", 0, many, true, "NAME=SOFT[:HARD]", "a resource limit of it"},
    {oom_score_adj, "oom-score-adj", 0, once, true, "N", "-1000 to 1000: who is killed first"},
    {cpus, "cpus", 0, once, true, "LIST", "the processors that it may use, as 0-3,5"},
    {cwd, "cwd", 0, once, true, "DIR", "its working directory"},
    {env, "env", 0, many, false, "NAME=VALUE", "a variable for it"},
    {env_file, "env-file", 0, many, true, "FILE", "variables for it, from a .env file"},
    {help, "help", 'h', nothing, false, "", "print help"},
    {license, "license", 'l', nothing, false, "", "print the licence"},
    {version, "version", 'V', nothing, false, "", "print the version"},

    {app_key, "instances", 'i', once, true, "N|max", "so many instances of each app"},
    {control, "control", 0, once, false, "@NAME|PATH|off", "the socket of the running one"},
    {json, "json", 0, nothing, false, "", "of subcommands: one JSON document"},
    {follow, "follow", 'f', nothing, false, "", "of logs: and what comes, until Ctrl-C"},
    {lines, "lines", 0, once, false, "N", "of logs: so many of each instance (15)"},
    {plain, "raw", 0, nothing, false, "", "of logs: the text alone"},
    {stream, "stream", 0, once, false, "stdout|stderr", "of logs: what came by this one"},
    {severity, "level", 0, once, false, "LEVEL", "of logs: what has this level"},
    {match, "match", 0, once, false, "TEXT", "of logs: what has this in its text"},
    {update_env, "update-env", 0, nothing, false, "",
     "of restart: env_file and secrets are read again"},
    {show_secrets, "show-secrets", 0, nothing, false, "",
     "of env: secrets, not where they came from"},
    {all, "all", 0, nothing, false, "", "of list: processes too that belong to no app"},
    {dot, "dot", 0, nothing, false, "", "of states: as a graph for Graphviz"},
    {only, "only", 0, once, true, "A,B", "of a manifest these apps only"},
    {app_key, "restart", 0, once, true, "never|on-failure|always", "when an app is started again"},
    {app_key, "min-uptime", 0, once, true, "DURATION", "who ends earlier is unstable (1s)"},
    {app_key, "max-restarts", 0, once, true, "N", "so many unstable runs in a row: errored (16)"},
    {app_key, "restart-delay", 0, once, true, "DURATION", "the same before every restart"},
    {app_key, "exp-backoff-restart-delay", 0, once, true, "DURATION",
     "the first; each further one is half as long again"},
    {app_key, "stop-exit-codes", 0, once, true, "CODES", "exit codes that are not restarted"},
    {app_key, "stop-signal", 0, once, true, "SIG", "asks an app to stop (SIGTERM)"},
    {app_key, "kill-timeout", 0, once, true, "DURATION", "from then until SIGKILL (8s)"},
    {app_key, "wait-ready", 0, nothing, true, "", "ready when it says process.send('ready')"},
    {app_key, "listen-timeout", 0, once, true, "DURATION", "not ready by then: a warning (3s)"},
    {app_key, "ready", 0, once, true, "URL|PORT|TIME", "what makes it ready; also a map of JSON"},
    {app_key, "health", 0, once, true, "URL|PORT", "asked again and again; also a map of JSON"},
    {app_key, "watchdog", 0, once, true, "DURATION", "so long without WATCHDOG=1: unhealthy"},
    {app_key, "pre-start", 0, once, true, "COMMAND", "before the app's first start"},
    {app_key, "post-stop", 0, once, true, "COMMAND", "after its last stop"},
    {app_key, "shutdown-with-message", 0, nothing, true, "",
     "asks by the message \"shutdown\", not a signal"},
    {app_key, "sockets", 0, once, true, "LIST", "listening sockets to hand over (LISTEN_FDS)"},
    {app_key, "out-file", 0, once, true, "PATH", "lines of stdout are appended there too"},
    {app_key, "error-file", 0, once, true, "PATH", "lines of stderr are appended there too"},
    {app_key, "log-file", 0, once, true, "PATH", "lines of both are appended there too"},
    {app_key, "stop-timeout", 0, once, true, "DURATION", "from a stop until SIGKILL to all (9s)"},
    {app_key, "drain-delay", 0, once, true, "DURATION", "from SIGTERM until the stop begins (0)"},
    {app_key, "exit-when", 0, once, true, "all-stopped|any-stopped|never",
     "when pmx-init ends by itself"},
    {app_key, "max-memory-restart", 0, once, true, "SIZE|PERCENT",
     "an app that uses more is restarted"},
    {app_key, "cron-restart", 0, once, true, "TIMES", "when it is restarted: \"0 3 * * *\""},
    {app_key, "interpreter", 0, once, true, "PROGRAM", "runs the script (by its extension)"},
    {app_key, "node-args", 0, once, true, "ARGS", "arguments of the interpreter"},
    {app_key, "exec-mode", 0, once, true, "fork|cluster", "how several instances run"},
    {app_key, "instance-var", 0, once, true, "NAME", "has the instance's number"},
    {app_key, "increment-var", 0, once, true, "NAME", "one more in each further instance"},
    {app_key, "namespace", 0, once, true, "NAME", "a group of apps"},
    {app_key, "ipc", 0, once, true, "true|false", "it has Node's channel (by program)"},
    {app_key, "treekill", 0, once, true, "true|false", "what it leaves behind is stopped (true)"},
    {app_key, "watch", 0, nothing, true, "", "accepted; nothing is watched yet"},
    {app_key, "balance", 0, once, true, "WAY",
     "a cluster: rr, least, sticky, shared or reuseport (rr)"},
    {app_key, "drain-timeout", 0, once, true, "DURATION",
     "how long an old worker may finish (10s)"},
    {app_key, "parallel", 0, once, true, "N",
     "so many workers are replaced at once (1); of reload too"},
    {app_key, "preload", 0, once, true, "true|false", "workers are told how to finish (true)"},
});

constexpr auto kSubcommands = std::to_array<std::string_view>(
    {"run",      "check",  "plan",   "list",    "ls",      "ps",     "status",      "jlist",
     "describe", "logs",   "start",  "stop",    "restart", "reload", "delete",      "scale",
     "signal",   "env",    "reset",  "trigger", "save",    "apply",  "healthcheck", "ping",
     "shutdown", "states", "replay", "version", "help",    "monit"});

}  // namespace

std::span<const OptionRow> option_table() noexcept { return kOptions; }

const OptionRow* find_option(std::string_view name) noexcept {
  const auto row = std::ranges::find(kOptions, name, &OptionRow::name);
  return row == kOptions.end() ? nullptr : &*row;
}

const OptionRow* find_option(char letter) noexcept {
  const auto row = std::ranges::find(kOptions, letter, &OptionRow::letter);
  return letter == 0 || row == kOptions.end() ? nullptr : &*row;
}

bool is_subcommand(std::string_view word) noexcept {
  return std::ranges::find(kSubcommands, word) != kSubcommands.end();
}

std::span<const std::string_view> subcommands() noexcept { return kSubcommands; }

}  // namespace pmx::cli
