#include "os/scheduling.h"

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "os/pipe.h"
#include "os/spawn.h"
#include "os/worker.h"

namespace pmx::os {
namespace {

// In the way of the C library of releases, which has no function for it.
long policy() { return ::syscall(SYS_sched_getscheduler, 0); }

std::string all_of(int fd) {
  std::string text;
  for (std::array<char, 64> part{};;) {
    const ssize_t count = ::read(fd, part.data(), part.size());
    if (count <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
  }
}

TEST_SUITE_BEGIN("not emulated");

TEST_CASE("what a process of SCHED_BATCH starts has the usual policy") {
  REQUIRE(policy() == SCHED_OTHER);
  schedule_as_batch(true);
  CHECK(policy() == SCHED_BATCH);

  auto worker = start_worker([] { tell(std::to_string(policy())); });
  REQUIRE(worker);
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(worker->pid), &ended, WEXITED);
  CHECK(all_of(worker->answer.get()) == std::to_string(SCHED_OTHER));

  auto pipe = make_pipe();
  REQUIRE(pipe);
  std::array<const char*, 7> words{nullptr, "cut", "-d", " ", "-f41", "/proc/self/stat", nullptr};
  const char* const environment[] = {nullptr};
  SpawnPlan plan;
  plan.slot_and_argv = words;
  plan.environment = environment;
  plan.search_path = kDefaultPath;
  plan.stdout_fd = pipe->write_end.get();
  const auto pid = spawn(plan);
  REQUIRE(pid);
  pipe->write_end.reset();
  ::waitpid(static_cast<pid_t>(*pid), nullptr, 0);
  CHECK(all_of(pipe->read_end.get()) == std::to_string(SCHED_OTHER) + "\n");

  CHECK(policy() == SCHED_BATCH);
  schedule_as_batch(false);
  CHECK(policy() == SCHED_OTHER);
}

TEST_SUITE_END();

}  // namespace
}  // namespace pmx::os
