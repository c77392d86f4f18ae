#include "cli/peers.h"

#include <getopt.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/concat.h"
#include "base/named.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/help.h"
#include "os/process.h"

namespace pmx::cli {
namespace {

using Answer = std::expected<InitRequest, int>;

constexpr int kUsageCode = 1;

constexpr std::array<Named<Peer>, 7> kPeerNames{{{"tini", Peer::tini},
                                                 {"tini-static", Peer::tini},
                                                 {"docker-init", Peer::tini},
                                                 {"dumb-init", Peer::dumb_init},
                                                 {"catatonit", Peer::catatonit},
                                                 {"podman-init", Peer::catatonit},
                                                 {"init", Peer::catatonit}}};

// What all of them do alike: the app's bytes unchanged, nobody waited for.
InitRequest plain_request(std::string_view speaker) {
  InitRequest request;
  request.manifest.log.format = LogFormat::raw;
  request.manifest.end.grace = Duration::zero();
  request.surroundings.voice = {speaker, 0, false};
  return request;
}

void set_command(InitRequest& request, char** command) {
  App app;
  app.name = base_name(command[0]);
  for (; *command != nullptr; ++command) app.process.arguments.emplace_back(*command);
  app.process.environment = Environment(environ);
  app.process.keeps_ignored_signals = true;
  app.life.restart = Restart::never;
  app.life.max_restarts = 1;
  app.output.format = LogFormat::raw;
  request.manifest.apps.push_back(std::move(app));
}

Answer done(std::string_view text, std::FILE* to, int code) {
  std::fwrite(text.data(), 1, text.size(), to);
  std::fflush(to);
  return std::unexpected(code);
}

Answer wrong(const char* name, const std::string& sentence) {
  return done(concat(name, ": ", sentence, "\n"), stderr, kUsageCode);
}

// tini: `--version` counts only as the sole argument; a bad option prints the usage.
Answer tini_request(int argc, char** argv) {
  const char* const name = argv[0];
  if (argc == 2 && std::string_view(argv[1]) == "--version") return done(kTiniVersion, stdout, 0);

  InitRequest request = plain_request("tini");
  request.manifest.failure_codes = {1, 126, 127, 1};
  runtime::Voice& voice = request.surroundings.voice;
  bool subreaper = std::getenv("TINI_SUBREAPER") != nullptr;
  if (std::getenv("TINI_KILL_PROCESS_GROUP") != nullptr) {
    request.manifest.signals.scope = SignalScope::group;
  }
  opterr = 0;
  // Like tini's own, this moves options in front: `tini program -- arguments` is as good.
  constexpr option kNoLong{nullptr, 0, nullptr, 0};
  for (int option = 0;
       (option = ::getopt_long(argc, argv, "hvwgle:sp:", &kNoLong, nullptr)) != -1;) {
    switch (option) {
      case 'h':
        return done(kTiniHelp, stdout, 0);
      case 'l':
        return done(kLicense, stdout, 0);
      case 's':
        subreaper = true;
        break;
      case 'v':
        ++voice.verbosity;
        break;
      case 'w':
        request.surroundings.warns_on_reap = true;
        break;
      case 'g':
        request.manifest.signals.scope = SignalScope::group;
        break;
      case 'p':
        request.parent_death_signal = parse_signal(optarg);
        if (!request.parent_death_signal) {
          return wrong(name, concat("-p: \"", optarg, "\" is no signal"));
        }
        break;
      case 'e': {
        const auto code = parse_number<unsigned>(optarg);
        if (!code || *code > 255) {
          return wrong(name, concat("-e: \"", optarg, "\" is no exit code (0 to 255)"));
        }
        request.manifest.ends_well.set(*code);
        break;
      }
      default:
        return done(kTiniHelp, stderr, kUsageCode);
    }
  }
  if (optind >= argc) return done(kTiniHelp, stderr, kUsageCode);
  // It wins over -v. 1 is tini's default: warnings; 0, and what is no number: errors alone.
  if (const char* const level = std::getenv("TINI_VERBOSITY")) {
    voice.verbosity = parse_number<int>(level).value_or(0) - 1;
  }
  if (subreaper) request.subreaper = InitRequest::Subreaper::yes;
  if (!subreaper && !os::is_init()) {
    request.surroundings.remarks.push_back(
        {Level::warn, "subreaper",
         "is not PID 1 and, without -s, adopts no orphans: zombies are left to others"});
  }
  set_command(request, argv + optind);
  return request;
}

// "FROM:TO" with numbers, as dumb-init has them.
bool add_rewrite(SignalPolicy& signals, std::string_view text) {
  const auto from = parse_number<int>(next_field(text, ':'));
  const auto to = parse_number<int>(text);
  constexpr int kLast = 31;
  if (!from || !to || *from < 1 || *from > kLast || *to < 0 || *to > kLast) return false;
  pmx::rewrite(signals, SignalNumber{*from}, SignalNumber{*to});
  return true;
}

Answer dumb_init_request(int argc, char** argv) {
  constexpr std::array kLong{option{"help", no_argument, nullptr, 'h'},
                             option{"single-child", no_argument, nullptr, 'c'},
                             option{"rewrite", required_argument, nullptr, 'r'},
                             option{"verbose", no_argument, nullptr, 'v'},
                             option{"version", no_argument, nullptr, 'V'},
                             option{nullptr, 0, nullptr, 0}};
  const auto is_set = [](const char* variable, std::string_view value) {
    const char* const now = std::getenv(variable);
    return now != nullptr && now == value;
  };
  InitRequest request = plain_request("[dumb-init]");
  bool session = !is_set("DUMB_INIT_SETSID", "0");
  if (is_set("DUMB_INIT_DEBUG", "1")) request.surroundings.voice.verbosity = 2;
  std::vector<std::string_view> rewrites;
  for (int option = 0;
       (option = ::getopt_long(argc, argv, "+hvVcr:", kLong.data(), nullptr)) != -1;) {
    switch (option) {
      case 'h':
        return done(kDumbInitHelp, stderr, 0);
      case 'V':
        return done(kDumbInitVersion, stderr, 0);
      case 'v':
        request.surroundings.voice.verbosity = 2;
        break;
      case 'c':
        session = false;
        break;
      case 'r':
        rewrites.emplace_back(optarg);
        break;
      default:
        return std::unexpected(kUsageCode);  // getopt has said why
    }
  }
  request.manifest.signals = forward_to_session(session);
  for (const std::string_view text : rewrites) {
    if (!add_rewrite(request.manifest.signals, text)) {
      return wrong(argv[0],
                   concat("-r: \"", text, "\" is not FROM:TO, two signal numbers up to 31"));
    }
  }
  if (optind >= argc) return wrong(argv[0], "there is no command; see --help");
  request.manifest.failure_codes = {1, 2, 2, 2};
  request.manifest.end.terminate_group = session;
  request.forwards_faults = true;
  set_command(request, argv + optind);
  ProcessSettings& process = request.manifest.apps.front().process;
  process.place = session ? ProcessPlace::session : ProcessPlace::inherit;
  process.keeps_ignored_signals = false;  // the one of the three that does not
  return request;
}

Answer catatonit_request(int argc, char** argv) {
  constexpr std::array kLong{option{"version", no_argument, nullptr, 'V'},
                             option{nullptr, 0, nullptr, 0}};
  InitRequest request = plain_request("catatonit");
  bool pause = false;
  for (int option = 0;
       (option = ::getopt_long(argc, argv, "ghLPV", kLong.data(), nullptr)) != -1;) {
    switch (option) {
      case 'g':
        request.manifest.signals.scope = SignalScope::group;
        break;
      case 'h':
        return done(kCatatonitHelp, stdout, 0);
      case 'L':
        return done(kLicense, stdout, 0);
      case 'P':
        pause = true;
        break;
      case 'V':
        return done(kCatatonitVersion, stdout, 0);
      default:
        return std::unexpected(kUsageCode);
    }
  }
  // Of the terminal's stop signals catatonit sends none on.
  pmx::rewrite(request.manifest.signals, kSigTstp, SignalNumber{});
  request.subreaper = InitRequest::Subreaper::if_not_init;
  request.manifest.failure_codes = {1, 1, 1, 1};
  if (pause) return request;
  if (optind >= argc) return wrong(argv[0], "there is no command; see -h");
  set_command(request, argv + optind);
  return request;
}

}  // namespace

std::optional<Peer> peer_called(std::string_view name) noexcept {
  return from_name(kPeerNames, name);
}

Answer request_of_peer(Peer peer, int argc, char** argv) {
  switch (peer) {
    case Peer::tini:
      return tini_request(argc, argv);
    case Peer::dumb_init:
      return dumb_init_request(argc, argv);
    case Peer::catatonit:
      return catatonit_request(argc, argv);
  }
  return std::unexpected(kUsageCode);
}

}  // namespace pmx::cli
