#include "codec/cgroup_text.h"

#include <doctest/doctest.h>

namespace pmx {
namespace {

TEST_CASE("the paths of control groups are found in /proc/PID/cgroup") {
  struct Row {
    std::string_view where;
    std::string_view text;
    std::optional<std::string_view> unified;
    std::optional<std::string_view> memory;
  };
  const std::optional<std::string_view> none;
  const Row rows[] = {
      {"version 2, in a container with a namespace of its own", "0::/\n", "/", none},
      {"version 2, of a service", "0::/system.slice/docker.service\n",
       "/system.slice/docker.service", none},
      {"version 2, behind the namespace's root", "0::/../../system.slice/docker-4b7c.scope\n",
       "/../../system.slice/docker-4b7c.scope", none},
      {"version 1, Docker on an old host",
       "12:rdma:/\n"
       "11:cpuset:/docker/4b7c\n"
       "10:memory:/docker/4b7c\n"
       "4:cpu,cpuacct:/docker/4b7c\n"
       "1:name=systemd:/docker/4b7c\n"
       "0::/system.slice/containerd.service\n",
       "/system.slice/containerd.service", "/docker/4b7c"},
      {"version 1 with memory mounted together with others",
       "3:cpu,memory,pids:/kubepods/burstable/pod1/c2\n", none, "/kubepods/burstable/pod1/c2"},
      {"version 1, every controller by itself",
       "9:name=systemd:/\n8:pids:/\n4:memory:/box/aa01\n3:cpuset:/\n0::/\n", "/", "/box/aa01"},
      {"a path with colons", "0::/a:b:c\n", "/a:b:c", none},
      {"names that only begin like it", "5:memory2,xmemory:/x\n", none, none},
      {"no newline at the end", "0::/x", "/x", none},
      {"nothing", "", none, none},
      {"nonsense", "\n:\n::\nmemory\n", none, none},
  };
  for (const Row& row : rows) {
    CAPTURE(row.where);
    const CgroupPaths paths = cgroup_paths(row.text);
    CHECK(paths.unified == row.unified);
    CHECK(paths.memory == row.memory);
  }
}

TEST_CASE("a memory limit is a number of bytes, or there is none") {
  CHECK(memory_limit("67108864\n") == 67'108'864U);
  CHECK(memory_limit("0\n") == 0U);
  CHECK(memory_limit("1234") == 1'234U);
  CHECK(!memory_limit("max\n"));
  CHECK(!memory_limit("9223372036854771712\n"));  // version 1's word for none
  CHECK(!memory_limit("9223372036854710272\n"));  // the same with pages of 64 KiB
  CHECK(!memory_limit(""));
  CHECK(!memory_limit("-1\n"));
  CHECK(!memory_limit("12 kB\n"));
}

TEST_CASE("how many were killed because memory ran out is one of several lines") {
  // Of version 2's memory.events, as Linux 6.1 writes it.
  CHECK(oom_kills("low 0\nhigh 0\nmax 1342\noom 4\noom_kill 3\noom_group_kill 0\n") == 3U);
  // Of version 1's memory.oom_control; before Linux 4.13 there was no third line.
  CHECK(oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 12\n") == 12U);
  CHECK(!oom_kills("oom_kill_disable 0\nunder_oom 0\n"));
  CHECK(!oom_kills("oom_kill_disable 1\nmy_oom_kill 2\n"));
  CHECK(oom_kills("oom_kill 0") == 0U);
  CHECK(!oom_kills("oom_kill\n"));
  CHECK(!oom_kills("oom_kill many\n"));
  CHECK(!oom_kills(""));
}

TEST_CASE("a quota of processor time is so many processors, rounded up") {
  CHECK(processor_quota("150000 100000\n") == 2U);
  CHECK(processor_quota("50000 100000\n") == 1U);
  CHECK(processor_quota("200000 100000\n") == 2U);
  CHECK(!processor_quota("max 100000\n"));
  CHECK(!processor_quota("0 100000\n"));
  CHECK(!processor_quota(""));
  CHECK(processor_quota("250000\n", "100000\n") == 3U);
  CHECK(!processor_quota("-1\n", "100000\n"));
  CHECK(!processor_quota("100000\n", "0\n"));
  CHECK(!processor_quota("100000\n", ""));
}

}  // namespace
}  // namespace pmx
