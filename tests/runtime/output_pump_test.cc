#include "runtime/output_pump.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pmx::runtime {
namespace {

using namespace std::chrono_literals;

// The stderr of an app, the pump, and where it writes. Time passes when it is told to.
class App {
 public:
  App() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    in_ = os::UniqueFd(ends[1]);
    pump_.open(InstanceId{0}, {.app = "api", .pid = Pid{17}}, {.max_record = kRecord}, {},
               os::UniqueFd(ends[0]), Instant{});
  }

  void writes(std::string_view text) const {
    REQUIRE(::write(in_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void pump_at(Instant now) {
    poller_.wait_until(Instant{});
    pump_.pump(now);
  }
  [[nodiscard]] std::optional<Instant> deadline() const { return pump_.deadline(); }
  // What was written since the last call.
  [[nodiscard]] std::string records() {
    sink_.flush(Instant{});
    std::string found(4'096, '\0');
    const ssize_t size = ::read(out_.get(), found.data(), found.size());
    found.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return found;
  }

 private:
  static constexpr std::size_t kRecord = 1'024;

  static os::UniqueFd scratch(int& again) {
    char path[] = "/tmp/pmx-output-pump-XXXXXX";
    os::UniqueFd file(::mkstemp(path));
    again = ::open(path, O_RDONLY | O_CLOEXEC);
    ::unlink(path);
    return file;
  }

  int again_ = -1;
  os::UniqueFd file_ = scratch(again_);
  os::UniqueFd out_{again_};
  os::UniqueFd in_;
  os::Poller poller_{os::SignalMask::none()};
  LogSink sink_{file_.get(), poller_, kRecord + 1};
  OutputPump pump_{1, kRecord + 1, sink_, poller_};
};

TEST_CASE("a line that may begin a block is held for as long as no other has come for 50 ms") {
  App app;
  const Instant begin{1s};
  app.writes("Error: x\n");
  app.pump_at(begin);
  CHECK(app.deadline() == begin + 50ms);
  app.pump_at(begin + 49ms);
  CHECK(app.records().empty());

  app.writes("    at f (a.js:1:2)\n");
  app.pump_at(begin + 49ms);
  CHECK(app.deadline() == begin + 99ms);
  app.pump_at(begin + 98ms);
  CHECK(app.records().empty());
  app.pump_at(begin + 99ms);
  CHECK(app.records().contains(R"-("msg":"Error: x\n    at f (a.js:1:2)")-"));
  CHECK(!app.deadline());

  app.writes("    at g (b.js:3:4)\n");
  app.pump_at(begin + 100ms);
  CHECK(app.records().contains(R"-("msg":"    at g (b.js:3:4)")-"));
}

TEST_CASE("parts of a line do not make what is held wait longer") {
  App app;
  const Instant begin{1s};
  app.writes("Error: x\n");
  app.pump_at(begin);
  app.writes("..");
  app.pump_at(begin + 40ms);
  CHECK(app.deadline() == begin + 50ms);
  app.pump_at(begin + 50ms);
  CHECK(app.records().contains(R"-("msg":"Error: x")-"));
  app.writes("..\n");
  app.pump_at(begin + 60ms);
  CHECK(app.records().contains(R"-("msg":"....")-"));
}

struct Pipe {
  os::UniqueFd read_end;
  os::UniqueFd write_end;

  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    read_end = os::UniqueFd(ends[0]);
    write_end = os::UniqueFd(ends[1]);
  }
};

TEST_CASE("a stream that floods a slow stdout does not keep others from it") {
  constexpr std::size_t kRecord = 1'024;
  constexpr int kManyTurns = 50;
  const std::string flood = std::string(500, 'x') + "\n";
  const std::string_view word = "a word\n";
  for (const bool ends : {false, true}) {
    CAPTURE(ends);
    Pipe log;
    Pipe out;
    Pipe error;
    os::Poller poller{os::SignalMask::none()};
    LogSink sink{log.write_end.get(), poller, kRecord + 1};
    OutputPump pump{1, kRecord + 1, sink, poller};
    pump.open(InstanceId{0}, {.app = "api", .pid = Pid{17}}, {.max_record = kRecord},
              std::move(out.read_end), std::move(error.read_end), Instant{});
    std::string seen;
    const auto turn = [&](std::size_t readable) {
      while (::write(out.write_end.get(), flood.data(), flood.size()) > 0) {
      }
      std::string bytes(readable, '\0');
      const ssize_t size = ::read(log.read_end.get(), bytes.data(), bytes.size());
      if (size > 0) seen.append(bytes, 0, static_cast<std::size_t>(size));
      poller.wait_until(Instant{});
      pump.pump(Instant{});
    };
    while (!pump.waits_for_room()) turn(0);
    REQUIRE(::write(error.write_end.get(), word.data(), word.size()) == std::ssize(word));
    if (ends) pump.begin_drain(InstanceId{0});
    int turns = 0;
    bool is_drained = false;
    for (; turns < kManyTurns && !(seen.contains("a word") && is_drained); ++turns) {
      turn(16'384);
      is_drained = !ends || pump.drain(InstanceId{0}, Instant{});
    }
    CHECK(turns < kManyTurns);
  }
}

}  // namespace
}  // namespace pmx::runtime
