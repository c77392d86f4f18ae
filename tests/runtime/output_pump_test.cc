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

}  // namespace
}  // namespace pmx::runtime
