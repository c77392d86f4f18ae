#include "base/signals.h"

#include <array>
#include <cstddef>

#include "base/named.h"
#include "base/text.h"

namespace pmx {
namespace {

constexpr std::array<std::string_view, kSignalCount + 1> kNames{
    "0",           "SIGHUP",      "SIGINT",      "SIGQUIT",     "SIGILL",      "SIGTRAP",
    "SIGABRT",     "SIGBUS",      "SIGFPE",      "SIGKILL",     "SIGUSR1",     "SIGSEGV",
    "SIGUSR2",     "SIGPIPE",     "SIGALRM",     "SIGTERM",     "SIGSTKFLT",   "SIGCHLD",
    "SIGCONT",     "SIGSTOP",     "SIGTSTP",     "SIGTTIN",     "SIGTTOU",     "SIGURG",
    "SIGXCPU",     "SIGXFSZ",     "SIGVTALRM",   "SIGPROF",     "SIGWINCH",    "SIGIO",
    "SIGPWR",      "SIGSYS",      "SIG32",       "SIG33",       "SIGRTMIN",    "SIGRTMIN+1",
    "SIGRTMIN+2",  "SIGRTMIN+3",  "SIGRTMIN+4",  "SIGRTMIN+5",  "SIGRTMIN+6",  "SIGRTMIN+7",
    "SIGRTMIN+8",  "SIGRTMIN+9",  "SIGRTMIN+10", "SIGRTMIN+11", "SIGRTMIN+12", "SIGRTMIN+13",
    "SIGRTMIN+14", "SIGRTMIN+15", "SIGRTMIN+16", "SIGRTMIN+17", "SIGRTMIN+18", "SIGRTMIN+19",
    "SIGRTMIN+20", "SIGRTMIN+21", "SIGRTMIN+22", "SIGRTMIN+23", "SIGRTMIN+24", "SIGRTMIN+25",
    "SIGRTMIN+26", "SIGRTMIN+27", "SIGRTMIN+28", "SIGRTMIN+29", "SIGRTMIN+30"};
constexpr std::array<Named<SignalNumber>, 5> kOtherNames{{{"CLD", kSigChld},
                                                          {"IOT", kSigAbrt},
                                                          {"POLL", SignalNumber{29}},
                                                          {"RTMIN", SignalNumber{34}},
                                                          {"RTMAX", SignalNumber{64}}}};

}  // namespace

std::string_view signal_name(SignalNumber signal) noexcept {
  const int n = number(signal);
  return n >= 0 && n <= kSignalCount ? kNames[static_cast<std::size_t>(n)] : "SIG?";
}

std::optional<SignalNumber> parse_signal(std::string_view text) noexcept {
  if (const auto n = parse_number<unsigned>(text)) {
    if (*n < 1 || *n > kSignalCount) return std::nullopt;
    return SignalNumber{static_cast<int>(*n)};
  }
  if (text.size() > 3 && same_ignoring_case(text.substr(0, 3), "SIG")) text.remove_prefix(3);
  for (std::size_t n = 1; n < kNames.size(); ++n) {
    if (same_ignoring_case(text, kNames[n].substr(3))) return SignalNumber{static_cast<int>(n)};
  }
  for (const auto& other : kOtherNames) {
    if (same_ignoring_case(text, other.name)) return other.value;
  }
  if (text.size() > 6 && same_ignoring_case(text.substr(0, 6), "RTMAX-")) {
    const auto below = parse_number<unsigned>(text.substr(6));
    if (below && *below <= 30) return SignalNumber{static_cast<int>(64 - *below)};
  }
  return std::nullopt;
}

}  // namespace pmx
