#include "cli/subcommand_help.h"

#include <algorithm>
#include <array>

#include "base/concat.h"
#include "base/text.h"
#include "cli/help.h"
#include "cli/option_table.h"

namespace pmx::cli {
namespace {

struct Subcommand {
  std::string_view names;  // the first, then others for the same
  std::string_view words;  // what follows it
  std::string_view text;
};

constexpr std::string_view kTargets =
    "A target is an app's name, name[instance], an id, a namespace, /regex/ or all.\n";

constexpr auto kHelpOfSubcommands = std::to_array<Subcommand>({
    {"run", "MANIFEST|SCRIPT... [-- ARG...]",
     "Supervises the apps of a manifest (*.config.js, .json, .yaml), or these scripts.\n"},
    {"check", "MANIFEST...", "Says everything that is wrong with a manifest; 2 if anything is.\n"},
    {"plan", "MANIFEST...",
     "Says what would come of it here: instances, ceilings, order, the longest stop.\n"},
    {"list ls ps status", "[TARGET...]", "A row for each instance.\n"},
    {"jlist", "", "The list as JSON in the shape of `pm2 jlist`.\n"},
    {"describe", "TARGET...", "Everything that is known of an instance.\n"},
    {"monit", "",
     "What runs, uses and says what, on a terminal. Arrows or j, k choose; q leaves.\n"},
    {"logs", "[TARGET...]", "The last lines of each instance.\n"},
    {"start", "TARGET...", "Starts what is stopped or errored, and waits until it is online.\n"},
    {"stop", "TARGET...", "Stops; what is stopped stays so until somebody starts it.\n"},
    {"restart", "TARGET...", "Stops and starts, as it is defined now.\n"},
    {"reload", "TARGET...",
     "Replaces workers of a cluster, and programs with sockets, one after the other (with\n"
     "--parallel N so many at once) when their successors are ready; others as restart.\n"
     "--update-env as of restart.\n"},
    {"delete", "TARGET...", "Stops, and forgets that there was such an app.\n"},
    {"scale", "APP N|+N|-N", "So many instances, or so many more or less.\n"},
    {"signal", "SIG TARGET...", "Sends a signal to the main process.\n"},
    {"env", "TARGET...", "The variables that an instance is started with.\n"},
    {"reset", "TARGET...", "The counters of restarts are 0 again.\n"},
    {"trigger", "TARGET ACTION [PARAMETER]", "Calls an action of the app; prints its answer.\n"},
    {"save", "", "Prints the manifest as it runs.\n"},
    {"apply", "[MANIFEST]",
     "These apps from now on: starts, stops and replaces what differs. Without a\n"
     "manifest: that which pmx-init was started with, read anew.\n"},
    {"healthcheck", "", "0 when every app is ready, else 1: for HEALTHCHECK and exec probes.\n"},
    {"ping", "", "0 when a pmx-init answers, else 3.\n"},
    {"shutdown", "", "Stops everything and ends, as SIGTERM does.\n"},
    {"states", "", "What an instance can be, and which event leads from there where.\n"},
    {"replay", "TRACE",
     "Runs the core on what --trace has written; 1 where it decides otherwise.\n"},
    {"version", "", "Prints the version.\n"},
    {"help", "[options|SUBCOMMAND]", "This, every option, or one screen about all.\n"},
});

}  // namespace

std::optional<std::string> help_on_subcommand(std::string_view name) {
  const auto row = std::ranges::find_if(
      kHelpOfSubcommands, [name](const Subcommand& known) { return is_among(name, known.names); });
  if (row == kHelpOfSubcommands.end()) return std::nullopt;
  const std::string_view main_name = row->names.substr(0, row->names.find(' '));
  std::string text = concat("pmx-init ", name);
  if (!row->words.empty()) text.append(" ").append(row->words);
  text.append("\n\n").append(row->text);
  if (row->words.contains("TARGET")) text += kTargets;
  const std::string begin = concat("of ", main_name, ": ");
  std::string options;
  for (const OptionRow& option : option_table()) {
    if (option.help.starts_with(begin)) options += help_on_option(option, begin.size());
  }
  if (!options.empty()) text.append("\n").append(options);
  text += "\nAll options: pmx-init help options\n";
  return text;
}

}  // namespace pmx::cli
