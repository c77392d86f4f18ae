#include "runtime/log_sink.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace pmx::runtime {
namespace {

using namespace std::chrono_literals;

// A disk that is full after so many bytes, as far as this process is concerned.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

struct ScratchFile {
  char path[32] = "/tmp/pmx-log-sink-XXXXXX";
  os::UniqueFd fd{::mkstemp(path)};
  ScratchFile() { ::unlink(path); }

  [[nodiscard]] std::string text() const {
    std::string found(4'096, '\0');
    const ssize_t size = ::pread(fd.get(), found.data(), found.size(), 0);
    found.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return found;
  }
};

TEST_CASE("a record that a full disk cut is finished before the next one begins") {
  const ScratchFile file;
  os::Poller poller(os::SignalMask::none());
  LogSink sink(file.fd.get(), poller, 1'024);
  const Instant now{1s};
  {
    const SmallDisk disk(8);
    sink.offer("first\n", Importance::may_be_lost);
    sink.offer("second\n", Importance::may_be_lost);
    sink.offer("lost\n", Importance::may_be_lost);
    sink.flush(now);
    CHECK(file.text() == "first\nse");
    CHECK(!sink.is_empty());
    CHECK(sink.deadline() > now);
    CHECK(sink.records_left() == 1);
  }
  sink.offer("third\n", Importance::may_be_lost);
  sink.flush(now);
  CHECK(file.text() == "first\nsecond\nthird\n");
  CHECK(sink.is_empty());
  CHECK(!sink.deadline());
}

TEST_CASE("a full disk between two records costs whole records, and nothing waits for it") {
  const ScratchFile file;
  os::Poller poller(os::SignalMask::none());
  LogSink sink(file.fd.get(), poller, 1'024);
  {
    const SmallDisk disk(6);
    sink.offer("first\n", Importance::may_be_lost);
    sink.offer("lost\n", Importance::may_be_lost);
    sink.flush(Instant{});
    CHECK(sink.is_empty());
    CHECK(!sink.deadline());
  }
  sink.offer("third\n", Importance::may_be_lost);
  sink.flush(Instant{});
  CHECK(file.text() == "first\nthird\n");
  CHECK(sink.take_discarded() == 1);
  CHECK(sink.take_discarded() == 0);
  CHECK(sink.records_left() == 1);
}

TEST_CASE("a full pipe blocks, and the sink is told when there is room") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const os::UniqueFd reading{ends[0]};
  const os::UniqueFd writing{ends[1]};
  os::Poller poller(os::SignalMask::none());
  LogSink sink(writing.get(), poller, 1'024);
  const std::string record = std::string(1'023, 'x') + "\n";
  while (!sink.is_blocked()) {
    sink.offer(record, Importance::may_be_lost);
    sink.flush(Instant{});
  }
  CHECK(!sink.is_empty());
  CHECK(!sink.deadline());  // epoll will tell

  poller.wait_until(Instant{});
  CHECK(!poller.has(os::Token::Kind::sink));
  std::string read(1 << 20, '\0');
  REQUIRE(::read(reading.get(), read.data(), read.size()) > 0);
  poller.wait_until(std::nullopt);
  CHECK(poller.has(os::Token::Kind::sink));
  sink.flush(Instant{});
  CHECK(sink.is_empty());
  CHECK(!sink.is_blocked());
}

TEST_CASE("a thousand ends have room while stdout is full") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const os::UniqueFd reading{ends[0]};
  const os::UniqueFd writing{ends[1]};
  os::Poller poller(os::SignalMask::none());
  LogSink sink(writing.get(), poller, 1'024);
  while (!sink.room().empty()) {
    sink.room()[0] = '\n';
    sink.commit(1);
    sink.flush(Instant{});
  }
  const std::string record = std::string(399, 'x') + "\n";
  for (int i = 0; i < 1'000; ++i) sink.offer(record, Importance::must_be_kept);
  CHECK(sink.take_lost_events() == 0);
}

TEST_CASE("without a reader everything is taken, discarded and counted") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  ::close(ends[0]);
  const os::UniqueFd writing{ends[1]};
  auto* const handler = std::signal(SIGPIPE, SIG_IGN);
  os::Poller poller(os::SignalMask::none());
  LogSink sink(writing.get(), poller, 1'024);
  sink.offer("one\ntwo\n", Importance::may_be_lost);
  sink.flush(Instant{});
  CHECK(sink.is_empty());
  sink.offer("three\n", Importance::must_be_kept);
  CHECK(sink.is_empty());
  CHECK(sink.records_left() == 3);
  CHECK(!sink.was_abandoned());
  std::signal(SIGPIPE, handler);
}

}  // namespace
}  // namespace pmx::runtime
