#include "os/process_list.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <vector>

namespace pmx::os {
namespace {

std::vector<Pid> children() {
  std::vector<Pid> all;
  REQUIRE(for_each_child([&](Pid pid) {
    all.push_back(pid);
    return true;
  }));
  return all;
}

TEST_CASE("children are told in the order of their starts, as many as there are, zombies too") {
  REQUIRE(children().empty());
  std::vector<Pid> started;
  for (int i = 0; i < 1'000; ++i) {  // more than one read takes
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      ::pause();
      std::_Exit(1);
    }
    started.push_back(Pid{pid});
  }
  CHECK(children() == started);

  ::kill(static_cast<pid_t>(started[500]), SIGKILL);
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(started[500]), &ended, WEXITED | WNOWAIT);
  CHECK(children() == started);

  int told = 0;
  CHECK(for_each_child([&](Pid) { return ++told < 7; }));
  CHECK(told == 7);

  for (const Pid pid : started) {
    ::kill(static_cast<pid_t>(pid), SIGKILL);
    ::waitpid(static_cast<pid_t>(pid), nullptr, 0);
  }
  CHECK(children().empty());
}

}  // namespace
}  // namespace pmx::os
