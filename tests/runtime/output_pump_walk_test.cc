#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/output_pump.h"
#include "support/random_seed.h"

namespace pmx::runtime {
namespace {

constexpr unsigned kInstances = 3;
constexpr std::size_t kRecord = 1'024;

struct Ends {
  os::UniqueFd reading;
  os::UniqueFd writing;
};

Ends new_pipe() {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
  return {os::UniqueFd(ends[0]), os::UniqueFd(ends[1])};
}

// Processes that write what they like into pipes, a reader that takes what it likes out of a small
// one, and the loop's part between them.
class Streams {
 public:
  explicit Streams(unsigned seed) : random_(seed) {
    REQUIRE(::fcntl(out_.writing.get(), F_SETPIPE_SZ, 4'096) > 0);
    for (unsigned i = 0; i < kInstances; ++i) start(InstanceId{i});
  }

  void step() {
    now_ += Duration{below(60)};
    switch (below(8)) {
      case 0:
        if (writers_.size() < 20) return end_one();
        return close_one();
      case 1:
        return close_one();
      case 2:
      case 3:
        return read_out(below(10'000));
      default:
        write_some();
        return turn();
    }
  }

  // Everybody goes, and the reader takes all there is.
  void finish() {
    writers_.clear();
    pump_.begin_last_drain();
    for (bool is_done = false; !is_done;) {
      now_ += Duration{60};
      is_done = pump_.drain_all(now_) && sink_.is_empty();
      read_out(10'000);
      turn();
    }
    read_out(10'000);
  }

  // The records say what was written: of the lines of each stream none is lost, cut or mixed.
  void check() {
    CHECK(pump_.take_dropped() == 0);
    std::map<std::pair<int, std::string>, std::pair<std::string, bool>> told;
    for (std::string_view rest = found_; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      REQUIRE(end != rest.npos);
      const auto record = nlohmann::json::parse(rest.substr(0, end));
      rest.remove_prefix(end + 1);
      auto& [text, is_cut] = told[{record["pid"].get<int>(), record["stream"].get<std::string>()}];
      text += record["msg"].get<std::string>();
      is_cut = record.contains("partial") && !record["partial"]["last"].get<bool>();
      if (!is_cut) text += '\n';
    }
    for (auto& [stream, written] : written_) {
      end_line(written);
      CAPTURE(stream.first);
      CAPTURE(stream.second);
      const std::string& text = told[stream].first;
      const auto same = std::ranges::mismatch(text, written).in1 - text.begin();
      const auto from = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, same - 40));
      CAPTURE(text.substr(from, 80));
      CAPTURE(written.substr(from, 80));
      CHECK((text == written));
    }
  }

 private:
  using Key = std::pair<int, std::string>;  // pid and stream
  struct Writer {
    Key key;
    os::UniqueFd fd;
  };

  // With a process its last line ends.
  static void end_line(std::string& text) {
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
  }

  unsigned below(unsigned end) {
    return std::uniform_int_distribution<unsigned>(0, end - 1)(random_);
  }

  void start(InstanceId instance) {
    const Pid pid{++last_pid_};
    pids_[static_cast<std::size_t>(instance)] = last_pid_;
    Ends out = new_pipe();
    Ends err = new_pipe();
    pump_.open(instance, {.app = "api", .instance = static_cast<unsigned>(instance), .pid = pid},
               {.json_lines = JsonLines::wrap, .max_record = kRecord}, std::move(out.reading),
               std::move(err.reading), now_);
    writers_.push_back({{last_pid_, "stdout"}, std::move(out.writing)});
    writers_.push_back({{last_pid_, "stderr"}, std::move(err.writing)});
  }

  // Its process is over, and another begins. Who has its pipes may go on writing.
  void end_one() {
    const InstanceId instance{below(kInstances)};
    pump_.begin_drain(instance);
    while (!pump_.drain(instance, now_)) {
      read_out(4'096);
      turn();
    }
    const int pid = pids_[static_cast<std::size_t>(instance)];
    for (const char* stream : {"stdout", "stderr"}) end_line(written_[{pid, stream}]);
    start(instance);
  }

  void close_one() {
    if (!writers_.empty())
      writers_.erase(writers_.begin() + below(static_cast<unsigned>(writers_.size())));
  }

  std::string some_text() {
    constexpr std::array<std::string_view, 8> kWords{
        "word", "\n", "\n", "Error: x", "    at f (a.js:1:2)\n", "{\"a\":1}\n", "/a.js:3\n", ""};
    std::string text;
    for (unsigned n = below(40); n > 0; --n) text += kWords[below(kWords.size())];
    if (below(20) == 0) text.append(below(5'000), 'x');
    return text;
  }

  void write_some() {
    if (writers_.empty()) return;
    const Writer& writer = writers_[below(static_cast<unsigned>(writers_.size()))];
    const std::string text = some_text();
    const ssize_t size = ::write(writer.fd.get(), text.data(), text.size());
    if (size > 0) written_[writer.key].append(text, 0, static_cast<std::size_t>(size));
  }

  void turn() {
    poller_.wait_until(Instant{});
    if (poller_.has(os::Token::Kind::sink)) sink_.flush(now_);
    if (pump_.has_work()) pump_.pump(now_);
    sink_.flush(now_);
  }

  void read_out(std::size_t most) {
    std::string bytes(most, '\0');
    const ssize_t size = ::read(out_.reading.get(), bytes.data(), bytes.size());
    if (size > 0) found_.append(bytes, 0, static_cast<std::size_t>(size));
  }

  std::mt19937 random_;
  Instant now_{};
  Ends out_ = new_pipe();
  os::Poller poller_{os::SignalMask::none()};
  LogSink sink_{out_.writing.get(), poller_, kRecord + 1};
  OutputPump pump_{kInstances, kRecord + 1, sink_, poller_};
  std::vector<Writer> writers_;
  std::map<Key, std::string> written_;
  std::string found_;
  int last_pid_ = 0;
  std::array<int, kInstances> pids_{};
};

TEST_CASE("whatever is written and however slowly it is read, no line is lost, cut or mixed") {
  const unsigned seed = random_seed();
  MESSAGE("PMX_SEED=" << seed);
  for (unsigned walk = 0; walk < 20; ++walk) {
    CAPTURE(walk);
    Streams streams(seed + walk);
    for (int n = 0; n < 1'000; ++n) streams.step();
    streams.finish();
    streams.check();
  }
}

}  // namespace
}  // namespace pmx::runtime
