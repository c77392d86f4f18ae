#include "os/output_fd.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>

#include "os/unique_fd.h"

namespace pmx::os {
namespace {

struct Pipe {
  UniqueFd out;
  UniqueFd in;

  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    out = UniqueFd{ends[0]};
    in = UniqueFd{ends[1]};
  }
  std::string read() const {
    std::array<char, 64> text{};
    const ssize_t size = ::read(out.get(), text.data(), text.size());
    return {text.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
  }
};

// As a profile does that lists what is allowed, and does not know the call.
bool forbid(unsigned call, unsigned error) {
  std::array filter{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{filter.size(), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// qemu-user knows no seccomp filters.
TEST_SUITE_BEGIN("not emulated");

TEST_CASE("where writing without waiting is forbidden there is another way") {
  for (const unsigned error : {EPERM, EACCES, ENOSYS}) {
    CAPTURE(error);
    const Pipe pipe;
    const pid_t child = ::fork();
    if (child == 0) {
      if (!forbid(SYS_pwritev2, error)) ::_exit(2);
      OutputFd out(pipe.in.get());
      ::_exit(out.write("hello") == 5U ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    CHECK(pipe.read() == "hello");
  }
}

TEST_SUITE_END();

TEST_CASE("all of it is written as long as somebody reads") {
  Pipe pipe;
  const std::size_t size = 3UZ * 1024 * 1024;
  const pid_t reader = ::fork();
  if (reader == 0) {
    pipe.in.reset();
    std::array<char, 64> room{};
    std::size_t count = 0;
    while (count < size) {
      const ssize_t got = ::read(pipe.out.get(), room.data(), room.size());
      if (got <= 0) ::_exit(1);
      count += static_cast<std::size_t>(got);
    }
    ::_exit(0);
  }
  OutputFd out(pipe.in.get());
  CHECK(out.write_all(std::string(size, 'x'), Duration{60'000}));
  CHECK(!out.write_all(std::string(size, 'x'), Duration{1}));
  pipe.in.reset();
  int status = -1;
  REQUIRE(::waitpid(reader, &status, 0) == reader);
  CHECK(status == 0);
}

}  // namespace
}  // namespace pmx::os
