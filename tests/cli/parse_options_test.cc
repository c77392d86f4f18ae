#include "cli/parse_options.h"

#include <doctest/doctest.h>

#include "base/signals.h"

namespace pmx::cli {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string_view>;
using Strings = std::vector<std::string>;
using Rewrites = std::vector<std::pair<SignalNumber, SignalNumber>>;

Options options_of(const Words& words, const Words& environment = {}) {
  const auto options = parse_options(words, environment);
  INFO((options ? std::string() : options.error().sentence));
  REQUIRE(options.has_value());
  return *options;
}

std::string complaint_about(const Words& words, const Words& environment = {}) {
  const auto options = parse_options(words, environment);
  return options ? "none" : options.error().sentence;
}

TEST_CASE("the first word that is no option begins the command") {
  struct Row {
    Words words;
    Strings command;
  };
  const Row rows[] = {
      {{"node", "app.js"}, {"node", "app.js"}},
      {{"--", "node", "app.js"}, {"node", "app.js"}},
      {{"-g", "node", "-v"}, {"node", "-v"}},
      {{"-g", "--", "-x"}, {"-x"}},
      {{"--", "--", "x"}, {"--", "x"}},
      {{"node", "--", "x"}, {"node", "--", "x"}},
      {{"-", "x"}, {"-", "x"}},
      {{"--", "list"}, {"list"}},
      {{"node", "list"}, {"node", "list"}},
      {{"--name", "list", "x"}, {"x"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.command.front());
    CHECK(options_of(row.words).command == row.command);
  }
}

TEST_CASE("nothing given is nothing changed") {
  const Options options = options_of({"x"});
  CHECK(!options.kill_group);
  CHECK(!options.quiet);
  CHECK(options.verbosity == 0);
  CHECK(options.grace == 2s);
  CHECK(!options.output.format);
  OutputPolicy output{.strip_ansi = true};
  lay_over(output, options.output);
  CHECK(output == OutputPolicy{.strip_ansi = true});
  CHECK(options.ends_well.none());
  CHECK(!options.identity.changes_capabilities());
}

TEST_CASE("letters stand alone, together, or with their argument") {
  const Options flags = options_of({"-gsv", "-vwq", "x"});
  CHECK(flags.kill_group);
  CHECK(flags.subreaper);
  CHECK(flags.warn_on_reap);
  CHECK(flags.quiet);
  CHECK(flags.verbosity == 2);
  CHECK(options_of({"-e5", "-e", "6", "x"}).ends_well == std::bitset<256>().set(5).set(6));
  CHECK(options_of({"-ge143", "x"}).ends_well.test(143));
  CHECK(options_of({"-gp", "TERM", "x"}).parent_death_signal == kSigTerm);
  CHECK(options_of({"-pSIGKILL", "x"}).parent_death_signal == kSigKill);
}

TEST_CASE("a long option has its argument behind = or in the next word") {
  CHECK(options_of({"--grace=500ms", "x"}).grace == 500ms);
  CHECK(options_of({"--grace", "3", "x"}).grace == 3ms);
  CHECK(options_of({"--name=a=b", "x"}).name == "a=b");
  CHECK(options_of({"--name", "--grace", "x"}).name == "--grace");
}

TEST_CASE("of an option that is given twice the last counts, unless it may be repeated") {
  CHECK(options_of({"--grace", "1s", "--grace=2s", "x"}).grace == 2s);
  CHECK(options_of({"--env=A=1", "--env", "A=2", "x"}).env == Strings{"A=1", "A=2"});
  CHECK(options_of({"--env-file=a", "--env-file=b", "x"}).env_files == Strings{"a", "b"});
  CHECK(options_of({"-r", "TERM:QUIT", "-r15:0", "x"}).rewrites ==
        Rewrites{{kSigTerm, kSigQuit}, {kSigTerm, SignalNumber{0}}});
  CHECK(options_of({"--rlimit=nofile=10", "--rlimit=core=0:unlimited", "x"}).limits.size() == 2);
}

TEST_CASE("each option lands in its place") {
  CHECK(options_of({"--log=text", "x"}).output.format == LogFormat::text);
  CHECK(options_of({"--json-lines=wrap", "x"}).output.json_lines == JsonLines::wrap);
  CHECK(options_of({"--multiline=indent", "x"}).output.multiline_stdout == Multiline::indent);
  CHECK(options_of({"--multiline=indent", "x"}).output.multiline_stderr == Multiline::indent);
  CHECK(options_of({"--max-record=64K", "x"}).output.max_record == 65'536);
  CHECK(options_of({"--on-full=drop", "x"}).output.on_full == OnFull::drop);
  CHECK(options_of({"--strip-ansi", "x"}).output.strip_ansi);
  CHECK(options_of({"--flush-timeout=1m", "x"}).output.flush_timeout == 60s);
  CHECK(options_of({"--user=app:web", "x"}).identity.user == "app:web");
  CHECK(options_of({"--groups=a,5", "x"}).identity.groups == Strings{"a", "5"});
  CHECK(options_of({"--groups=", "x"}).identity.groups == Strings{});
  CHECK(options_of({"--caps-ambient=net_bind_service,CAP_KILL", "x"}).identity.caps_ambient ==
        (1U << 10 | 1U << 5));
  CHECK(options_of({"--caps-keep=", "x"}).identity.caps_keep == 0U);
  CHECK(options_of({"--caps-drop=All", "x"}).identity.caps_drop_all);
  CHECK(options_of({"--no-new-privs", "x"}).no_new_privs);
  CHECK(options_of({"--umask=027", "x"}).umask == 027U);
  CHECK(options_of({"--nice=-5", "x"}).nice == -5);
  CHECK(options_of({"--oom-score-adj=-1000", "x"}).oom_score_adj == -1'000);
  CHECK(options_of({"--cpus=0-1,3", "x"}).cpus == std::vector<unsigned>{0, 1, 3});
  CHECK(options_of({"--cwd=/srv", "x"}).cwd == "/srv");
  CHECK(options_of({"--setsid", "x"}).setsid);
  CHECK(options_of({"-P"}).pause);
  const auto limit = options_of({"--rlimit=RLIMIT_NOFILE=1K:infinity", "x"}).limits.front();
  CHECK(limit.resource == 7);
  CHECK(limit.soft == 1'024);
  CHECK(limit.hard == ~std::uint64_t{0});
}

TEST_CASE("a variable counts where the option was not typed") {
  CHECK(options_of({"x"}, {"PMX_GRACE=7s"}).grace == 7s);
  CHECK(options_of({"--grace=1s", "x"}, {"PMX_GRACE=7s"}).grace == 1s);
  CHECK(options_of({"--grace=1s", "x"}, {"PMX_GRACE=soon"}).grace == 1s);
  CHECK(options_of({"x"}, {"PMX_KILL_GROUP=1"}).kill_group);
  CHECK(options_of({"x"}, {"PMX_KILL_GROUP=true"}).kill_group);
  CHECK(!options_of({"x"}, {"PMX_KILL_GROUP=0"}).kill_group);
  CHECK(!options_of({"x"}, {"PMX_KILL_GROUP=false"}).kill_group);
  CHECK(options_of({"x"}, {"PMX_VERBOSE=2"}).verbosity == 2);
  CHECK(options_of({"-v", "x"}, {"PMX_VERBOSE=2"}).verbosity == 1);
  CHECK(options_of({"x"}, {"PMX_LOG=raw", "PMX_NAME=api"}).output.format == LogFormat::raw);
  CHECK(options_of({}, {"PMX_PAUSE=1"}).pause);
}

TEST_CASE(
    "a repeatable option's variable is separated by white space, and replaced, not added to") {
  CHECK(options_of({"x"}, {"PMX_REMAP_EXIT= 1  143\t7 "}).ends_well ==
        std::bitset<256>().set(1).set(143).set(7));
  CHECK(options_of({"-e2", "x"}, {"PMX_REMAP_EXIT=1"}).ends_well == std::bitset<256>().set(2));
  CHECK(options_of({"x"}, {"PMX_ENV_FILE=a b"}).env_files == Strings{"a", "b"});
}

TEST_CASE("a variable that names no option is ignored and remembered") {
  const Options options =
      options_of({"x"}, {"PMX_PORT=tcp://10.0.0.1:80", "PMX_ENV=A=1", "PMX_=1", "pmx_grace=1",
                         "XPMX_GRACE=1", "PATH=/bin", "PMX_HELP=1"});
  CHECK(options.ignored_variables == Words{"PMX_PORT", "PMX_ENV", "PMX_", "PMX_HELP"});
  CHECK(options.env.empty());
  CHECK(options.ask == Options::Ask::init);
}

TEST_CASE("help, licence and version need no command") {
  using enum Options::Ask;
  CHECK(options_of({"--help"}).ask == help);
  CHECK(options_of({"-h", "x"}).ask == help);
  CHECK(options_of({"--license"}).ask == license);
  CHECK(options_of({"--version"}).ask == version);
  CHECK(options_of({"version"}).ask == version);
  CHECK(options_of({"help", "options"}).topic == "options");
  CHECK(options_of({"--", "version"}).ask == init);
  CHECK(options_of({"--help"}, {"PMX_GRACE=soon"}).ask == help);
}

TEST_CASE("a mistake is named where it was made") {
  struct Row {
    Words words;
    Words environment;
    std::string_view begins;
  };
  const Row rows[] = {
      {{}, {}, "there is no command"},
      {{"--"}, {}, "there is no command"},
      {{"--verbsoe", "x"}, {}, "--verbsoe: unknown option, did you mean --verbose?"},
      {{"--xyzzyx", "x"}, {}, "--xyzzyx: unknown option; pmx-init --help lists them"},
      {{"-gX", "x"}, {}, "-X: unknown option"},
      {{"--quiet=1", "x"}, {}, "--quiet: takes no value"},
      {{"--grace"}, {}, "--grace: needs a value (DURATION)"},
      {{"-ge"}, {}, "-e: needs a value (CODE)"},
      {{"--grace=soon", "x"}, {}, "--grace: \"soon\" is not a duration"},
      {{"x"}, {"PMX_GRACE=soon"}, "PMX_GRACE: \"soon\" is not a duration"},
      {{"x"}, {"PMX_QUIET=yes"}, "PMX_QUIET: \"yes\" is not one of 1, 0, true and false"},
      {{"-e256", "x"}, {}, "-e: \"256\" is no exit code"},
      {{"--log=xml", "x"}, {}, "--log: \"xml\" is not one of json, text and raw"},
      {{"--rlimit=nofile=2:1", "x"}, {}, "--rlimit: \"nofile=2:1\" has a soft limit above"},
      {{"--caps-ambient=kill", "--caps-drop=kill", "x"}, {}, "--caps-ambient and --caps-drop"},
      {{"--caps-ambient=kill", "--caps-keep=chown", "x"}, {}, "--caps-ambient names a capability"},
      {{"-P", "x"}, {}, "--pause runs no command, and one is given: x"},
      {{"replay"}, {}, "there is nothing to replay; write for example: pmx-init replay trace"},
  };
  for (const Row& row : rows) {
    const std::string sentence = complaint_about(row.words, row.environment);
    CAPTURE(sentence);
    CHECK(sentence.starts_with(row.begins));
  }
}

}  // namespace
}  // namespace pmx::cli
