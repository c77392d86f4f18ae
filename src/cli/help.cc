#include "cli/help.h"

#include <algorithm>

#include "base/concat.h"
#include "cli/option_table.h"

namespace pmx::cli {

constexpr std::string_view kHelp =
    R"(pmx-init: PID 1 for containers. Reaps zombies, forwards signals, and turns what
the command prints into JSON lines.

  pmx-init [OPTIONS] [--] COMMAND [ARG...]    one command
  pmx-init [OPTIONS] run MANIFEST|SCRIPT...   supervise several apps
  pmx-init check|plan MANIFEST...             what is wrong; what it does
  pmx-init list|restart APP|stop APP|...      talk to the one that runs here

    -q, --quiet              warnings and errors only, no started and exited
    -v, --verbose            say more; twice: every signal
        --log FORM           json (default), text, or raw (terminals' default)
        --name NAME          the app's name in records
        --grace DURATION     others have this long after the command's end (2s)
    -g, --kill-group         send signals to the command's process group
    -r, --rewrite FROM:TO    send another signal in place of FROM
    -e, --remap-exit CODE    report exit code CODE as 0
        --user USER[:GROUP]  who the command runs as
        --cwd DIR, --env NAME=VALUE, --env-file FILE, --umask, --rlimit, ...

pmx-init help options|SUBCOMMAND: the rest. Options are variables too: PMX_LOG.
Exit codes: the command's own, 128+n when signal n ended it; 127 not found,
126 cannot be executed, 125 pmx-init cannot do its work, 2 usage.
Called tini, dumb-init, catatonit or pm2-runtime it behaves as that program.
)";

std::string help_on_option(const OptionRow& row, std::size_t skipped) {
  constexpr std::size_t kColumn = 34;
  std::string line = row.letter != 0 ? concat("  -", row.letter, ", --") : "      --";
  line += row.name;
  if (!row.argument.empty()) append(line, " ", row.argument);
  line.resize(std::max(kColumn, line.size() + 2), ' ');
  return concat(line, row.help.substr(skipped), "\n");
}

std::string help_on_options() {
  std::string text = "Options of pmx-init [OPTIONS] [--] COMMAND [ARG...]\n\n";
  for (const OptionRow& row : option_table()) text += help_on_option(row);
  text +=
      "\nDurations: 500ms, 8s, 5m, 1h, or milliseconds. Sizes: 64K, 1M, or bytes.\n"
      "Long options are variables too, --max-record is PMX_MAX_RECORD, but for --env,\n"
      "--help, --license, --version, --control and those of subcommands. A flag's is 1,\n"
      "0, true or false; an option that may be repeated takes words from its variable.\n"
      "The option wins.\n";
  return text;
}

constexpr std::string_view kLicense =
    R"(pmx-init is free software under the MIT licence (SPDX: MIT).
Linked into it: libcap-ng (LGPL-2.1-or-later), libyaml and nlohmann/json (MIT); their
notices and how to relink are in the file NOTICES that comes with every release.
)";

constexpr std::string_view kTiniHelp =
    R"(pmx-init in the place of tini (tini version 0.19.0)
Usage: tini [OPTIONS] PROGRAM [ARG...] | --version

  --version     print the version
  -h            print this help
  -s            adopt orphans when not PID 1
  -p SIGNAL     get SIGNAL when the parent dies
  -v            say more; may be repeated
  -w            say when an orphan was reaped
  -g            send signals to the program's process group
  -e EXIT_CODE  report EXIT_CODE (0 to 255) as 0
  -l            print the licence

Variables: TINI_SUBREAPER (-s), TINI_KILL_PROCESS_GROUP (-g), TINI_VERBOSITY (1: warnings)
)";

constexpr std::string_view kDumbInitHelp =
    R"(pmx-init in the place of dumb-init v1.2.5
Usage: dumb-init [OPTIONS] COMMAND [ARG...]

  -c, --single-child  no session of its own; signals to the command only
  -r, --rewrite s:r   send signal r in place of s; 0: none; may be repeated
  -v, --verbose       print what happens to stderr
  -h, --help          print this help
  -V, --version       print the version

Variables: DUMB_INIT_SETSID=0 (-c), DUMB_INIT_DEBUG=1 (-v)
)";

constexpr std::string_view kPm2RuntimeHelp =
    R"(pmx-init in the place of pm2-runtime
Usage: pm2-runtime [start] SCRIPT|ECOSYSTEM [OPTIONS] [-- ARG...]

  -i, --instances N|max      so many workers on the same port
  -n, --name NAME            the app's name
      --only A,B             of an ecosystem file these apps only
      --env NAME             with the variables of its env_NAME
      --raw                  the log: bytes as they are (the default)
      --json                 a JSON document a line, with pm2's names
      --format, --formatted  lines behind the app's name
      --no-auto-exit         go on when no app runs any more
      --delay SECONDS        before anything is started
  -c, --cron TIMES           when it is restarted: "0 3 * * *"
  -o FILE, -e FILE           lines of stdout, of stderr are appended there too
      --uid, --gid, --cwd, --namespace, --interpreter-args,
      --no-autostart, --no-autorestart, --no-treekill
  -h, --help; -v, --version

Options of pmx-init are taken too: pmx-init help options
)";

constexpr std::string_view kCatatonitHelp =
    R"(pmx-init in the place of catatonit 0.1.7
Usage: catatonit [-ghLPV] [--] PROGRAM [ARG...]

  -g             send signals to the program's process group
  -h             print this help
  -L             print the licence
  -P             pause: run no program, reap until SIGTERM or SIGINT
  -V, --version  print the version
)";

}  // namespace pmx::cli
