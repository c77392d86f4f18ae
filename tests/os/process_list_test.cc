#include "os/process_list.h"

#include <doctest/doctest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
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
    // Not a copy of the tests, of which a thousand are large.
    std::string name = "sleep";
    std::string seconds = "1000";
    std::array<char*, 3> words{name.data(), seconds.data(), nullptr};
    pid_t pid = 0;
    REQUIRE(::posix_spawnp(&pid, "sleep", nullptr, nullptr, words.data(), environ) == 0);
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
