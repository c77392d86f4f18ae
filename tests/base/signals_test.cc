#include "base/signals.h"

#include <doctest/doctest.h>

#include <csignal>
#include <string>

namespace pmx {
namespace {

TEST_CASE("each signal has a name, and the name leads back to its number") {
  for (int n = 1; n <= kSignalCount; ++n) {
    const std::string_view name = signal_name(SignalNumber{n});
    CAPTURE(name);
    CHECK(name.starts_with("SIG"));
    CHECK(parse_signal(name) == SignalNumber{n});
    CHECK(parse_signal(name.substr(3)) == SignalNumber{n});
    CHECK(parse_signal(std::to_string(n)) == SignalNumber{n});
  }
}

TEST_CASE("names are those that the system's header has") {
  struct Row {
    int number;
    std::string_view name;
  };
  const Row rows[] = {{SIGHUP, "SIGHUP"},       {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"},
                      {SIGILL, "SIGILL"},       {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"},
                      {SIGBUS, "SIGBUS"},       {SIGFPE, "SIGFPE"},   {SIGKILL, "SIGKILL"},
                      {SIGUSR1, "SIGUSR1"},     {SIGSEGV, "SIGSEGV"}, {SIGUSR2, "SIGUSR2"},
                      {SIGPIPE, "SIGPIPE"},     {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"},
                      {SIGSTKFLT, "SIGSTKFLT"}, {SIGCHLD, "SIGCHLD"}, {SIGCONT, "SIGCONT"},
                      {SIGSTOP, "SIGSTOP"},     {SIGTSTP, "SIGTSTP"}, {SIGTTIN, "SIGTTIN"},
                      {SIGTTOU, "SIGTTOU"},     {SIGURG, "SIGURG"},   {SIGXCPU, "SIGXCPU"},
                      {SIGXFSZ, "SIGXFSZ"},     {SIGPROF, "SIGPROF"}, {SIGVTALRM, "SIGVTALRM"},
                      {SIGWINCH, "SIGWINCH"},   {SIGIO, "SIGIO"},     {SIGPWR, "SIGPWR"},
                      {SIGSYS, "SIGSYS"},       {34, "SIGRTMIN"},     {64, "SIGRTMIN+30"}};
  for (const Row& row : rows) CHECK(signal_name(SignalNumber{row.number}) == row.name);
}

TEST_CASE("signals are understood as people write them") {
  struct Row {
    std::string_view text;
    int number;
  };
  const Row rows[] = {{"TERM", 15},    {"term", 15},    {"SigTerm", 15},    {"15", 15},
                      {"1", 1},        {"64", 64},      {"CLD", 17},        {"IOT", 6},
                      {"POLL", 29},    {"RTMIN", 34},   {"RTMAX", 64},      {"sigrtmax", 64},
                      {"RTMIN+3", 37}, {"RTMAX-0", 64}, {"SIGRTMAX-30", 34}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_signal(row.text) == SignalNumber{row.number});
  }
}

TEST_CASE("what is no signal is nothing") {
  for (const std::string_view bad :
       {"", "0", "65", "-1", "+1", "1 ", "SIG", "SIGSIGTERM", "TERMS", "RTMIN+31", "RTMIN-1",
        "RTMAX-31", "RTMAX+1", "RTMAX-", "99999999999999999999", "0x0f"}) {
    CAPTURE(bad);
    CHECK(!parse_signal(bad));
  }
}

TEST_CASE("a number that is no signal has a name for messages") {
  CHECK(signal_name(SignalNumber{65}) == "SIG?");
  CHECK(signal_name(SignalNumber{-1}) == "SIG?");
}

}  // namespace
}  // namespace pmx
