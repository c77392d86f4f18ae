#include "cli/main.h"

#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/concat.h"
#include "base/exit_code.h"
#include "base/text.h"
#include "cli/control.h"
#include "cli/exec.h"
#include "cli/help.h"
#include "cli/option_table.h"
#include "cli/parse_options.h"
#include "cli/peers.h"
#include "cli/pm2_runtime.h"
#include "cli/replay.h"
#include "cli/run.h"
#include "cli/states.h"
#include "cli/subcommand_help.h"
#include "os/process.h"

namespace pmx::cli {
namespace {

int print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? 0 : number(ExitCode::cannot_work);
}

int wrong_usage(std::string_view sentence) {
  const std::string line = concat("pmx-init: ", sentence, "\n");
  std::fputs(line.c_str(), stderr);
  return number(ExitCode::usage);
}

int print_help(std::string_view topic, bool is_pm2) {
  if (topic.empty()) return print(is_pm2 ? kPm2RuntimeHelp : kHelp);
  if (topic == "options") return print(help_on_options());
  if (const auto text = help_on_subcommand(topic)) return print(*text);
  const auto meant = nearest_word(topic, subcommands());
  return wrong_usage(concat("there is no help on \"", topic,
                            meant ? "\"; did you mean \"" : "\"; try: pmx-init help options",
                            meant ? concat(*meant, "\"?") : std::string()));
}

std::vector<std::string_view> words_of(char** words) {
  char** end = words;
  while (*end != nullptr) ++end;
  return {words, end};
}

}  // namespace

int main(int argc, char** argv, os::SignalMask original) {
  if (!os::fill_standard_descriptors()) {
    std::fputs(
        "pmx-init: cannot begin: nothing can be put in place of a closed stdin, stdout or "
        "stderr\n",
        stderr);
    return number(ExitCode::cannot_work);
  }
  const std::string_view name = argc > 0 ? base_name(argv[0]) : std::string_view{};
  if (const auto peer = peer_called(name)) {
    auto request = request_of_peer(*peer, argc, argv);
    if (request) run_init(std::move(*request), original);
    return request.error();
  }
  const auto arguments = words_of(argc > 0 ? argv + 1 : argv);
  const auto options = is_pm2_runtime(name) ? parse_pm2_runtime(arguments, words_of(environ))
                                            : parse_options(arguments, words_of(environ));
  if (!options) return wrong_usage(options.error().sentence);
  switch (options->ask) {
    case Options::Ask::help:
      return print_help(options->topic, options->is_pm2);
    case Options::Ask::license:
      return print(kLicense);
    case Options::Ask::version:
      return print(options->json ? kVersionJson : kVersionLine);
    case Options::Ask::states:
      return print(options->dot    ? states_as_dot()
                   : options->json ? states_as_json()
                                   : states_as_text());
    case Options::Ask::replay:
      return replay(options->targets.front(), options->json);
    case Options::Ask::init:
      run_init(request_for(*options), original);
    case Options::Ask::supervise:
      run_apps(*options, original);
    case Options::Ask::control:
      return ask_running(*options, original);
    case Options::Ask::check:
      return check_targets(*options, original);
    case Options::Ask::plan:
      return plan_targets(*options, original);
  }
  return number(ExitCode::cannot_work);
}

}  // namespace pmx::cli
