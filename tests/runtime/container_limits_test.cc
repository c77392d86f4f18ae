#include "runtime/container_limits.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace pmx::runtime {
namespace {

// A tree of files as /proc and /sys would show them.
class Tree {
 public:
  Tree() {
    std::string name = (std::filesystem::temp_directory_path() / "limits-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  ~Tree() { std::filesystem::remove_all(root_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  Tree& add(const std::string& path, std::string_view text) {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return *this;
  }
  [[nodiscard]] const std::string& root() const { return root_; }

 private:
  std::string root_;
};

TEST_CASE("version 2, in a container with a namespace of its own") {
  Tree tree;
  tree.add("/proc/self/cgroup", "0::/\n")
      .add("/sys/fs/cgroup/cpu.max", "150000 100000\n")
      .add("/sys/fs/cgroup/memory.max", "314572800\n");
  CHECK(container_processor_quota(tree.root()) == 2U);
  CHECK(container_memory_limit(tree.root()) == 314'572'800U);
}

TEST_CASE("version 2: the smallest limit up the tree holds") {
  Tree tree;
  tree.add("/proc/self/cgroup", "0::/pods/burstable/one\n")
      .add("/sys/fs/cgroup/pods/burstable/one/cpu.max", "max 100000\n")
      .add("/sys/fs/cgroup/pods/burstable/one/memory.max", "max\n")
      .add("/sys/fs/cgroup/pods/burstable/cpu.max", "100000 100000\n")
      .add("/sys/fs/cgroup/pods/memory.max", "1000\n")
      .add("/sys/fs/cgroup/pods/cpu.max", "300000 100000\n");
  CHECK(container_processor_quota(tree.root()) == 1U);
  CHECK(container_memory_limit(tree.root()) == 1'000U);
}

TEST_CASE("version 1: the path is one of the host's, the root is the container's own") {
  Tree tree;
  tree.add("/proc/self/cgroup", "4:cpu,cpuacct:/docker/4b7c\n3:memory:/docker/4b7c\n0::/x\n")
      .add("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n")
      .add("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n")
      .add("/sys/fs/cgroup/memory/memory.limit_in_bytes", "67108864\n");
  CHECK(container_processor_quota(tree.root()) == 3U);
  CHECK(container_memory_limit(tree.root()) == 67'108'864U);
}

TEST_CASE("version 1: the smallest limit up the tree holds, of memory and of processors") {
  Tree tree;
  tree.add("/proc/self/cgroup", "4:cpu,cpuacct:/pods/one/box\n3:memory:/pods/one/box\n")
      .add("/sys/fs/cgroup/cpu/pods/one/box/cpu.cfs_quota_us", "-1\n")
      .add("/sys/fs/cgroup/cpu/pods/one/box/cpu.cfs_period_us", "100000\n")
      .add("/sys/fs/cgroup/cpu/pods/one/cpu.cfs_quota_us", "50000\n")
      .add("/sys/fs/cgroup/cpu/pods/one/cpu.cfs_period_us", "50000\n")
      .add("/sys/fs/cgroup/cpu/pods/cpu.cfs_quota_us", "300000\n")
      .add("/sys/fs/cgroup/cpu/pods/cpu.cfs_period_us", "100000\n")
      .add("/sys/fs/cgroup/memory/pods/one/box/memory.limit_in_bytes", "9223372036854771712\n")
      .add("/sys/fs/cgroup/memory/pods/one/memory.limit_in_bytes", "268435456\n")
      .add("/sys/fs/cgroup/memory/pods/memory.limit_in_bytes", "134217728\n")
      .add("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK(container_processor_quota(tree.root()) == 1U);
  CHECK(container_memory_limit(tree.root()) == 134'217'728U);
}

TEST_CASE("version 2: those whom the kernel killed are counted in our own group") {
  Tree tree;
  tree.add("/proc/self/cgroup", "0::/pods/one\n")
      .add("/sys/fs/cgroup/pods/one/memory.events", "low 0\nhigh 0\nmax 7\noom 1\noom_kill 1\n")
      .add("/sys/fs/cgroup/pods/memory.events", "low 0\nhigh 0\nmax 7\noom 5\noom_kill 5\n");
  CHECK(oom_kills_in(container_oom_file(tree.root())) == 1U);
}

TEST_CASE("version 1: they are counted at the root, where our path is one of the host's") {
  Tree tree;
  tree.add("/proc/self/cgroup", "3:memory:/docker/4b7c\n0::/\n")
      .add("/sys/fs/cgroup/memory/memory.oom_control",
           "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  CHECK(oom_kills_in(container_oom_file(tree.root())) == 2U);
}

TEST_CASE("without a limit, or without anything to look into, there is none") {
  Tree tree;
  CHECK(!container_processor_quota(tree.root()));
  CHECK(!container_memory_limit(tree.root()));
  CHECK(oom_kills_in(container_oom_file(tree.root())) == 0);
  tree.add("/proc/self/cgroup", "0::/\n").add("/sys/fs/cgroup/cpu.max", "max 100000\n");
  CHECK(!container_processor_quota(tree.root()));
  CHECK(container_processors() >= 1U);
}

}  // namespace
}  // namespace pmx::runtime
