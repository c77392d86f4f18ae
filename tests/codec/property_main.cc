// Random bytes, cut anywhere, must come out of RecordStream as valid JSON that says what went in.
//   log_property [lines]      PMX_SEED: where to begin; otherwise always the same
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/property_expectation.h"
#include "codec/property_lines.h"
#include "codec/stream_reader.h"
#include "support/own_keys.h"

namespace pmx {
namespace {

constexpr std::size_t kLinesPerStream = 100;
constexpr std::size_t kMostStreams = 4;
constexpr std::size_t kLargestRecord = 16'383;

OutputPolicy random_policy(Random& random) {
  OutputPolicy policy;
  policy.format = LogFormat::json;
  policy.schema = random.pick({LogSchema::pmx, LogSchema::ecs, LogSchema::gcp, LogSchema::pm2});
  policy.json_lines = random.one_in(5) ? JsonLines::wrap : JsonLines::merge;
  policy.multiline_stdout = random.pick({Multiline::off, Multiline::node, Multiline::indent});
  policy.max_record = random.pick({1'024UL, 1'024UL, 2'000UL, kLargestRecord});
  policy.strip_ansi = random.one_in(5);
  return policy;
}

bool is_within_character(std::string_view bytes, std::size_t at) {
  return at > 0 && at < bytes.size() && static_cast<unsigned char>(bytes[at - 1]) >= 0x80 &&
         (static_cast<unsigned char>(bytes[at]) & 0xc0) == 0x80;
}

// A stream that is read in random pieces, now and then releasing what is held.
class Run {
 public:
  Run(Random& random, JsonObjectKeys& keys, Tally& tally)
      : policy_(random_policy(random)), reader_(policy_, keys) {
    for (std::size_t i = 0; i < kLinesPerStream; ++i) {
      bytes_ += random_line(random, policy_.max_record, tally);
    }
    if (random.one_in(3)) bytes_.pop_back();
    reader_.room = random.one_in(4) ? 300 + random.below(1'000) : 1 << 18;
    longest_read_ = random.pick({3UL, 40UL, 500UL, 5'000UL, 100'000UL});
  }

  [[nodiscard]] bool is_read() const { return at_ == bytes_.size(); }

  void read(Random& random, Tally& tally) {
    const std::size_t size = std::min(bytes_.size() - at_, 1 + random.below(longest_read_));
    reader_.now.microseconds += 1 + static_cast<std::int64_t>(random.below(1'000'000));
    reader_.read(std::string_view(bytes_).substr(at_, size));
    at_ += size;
    if (is_within_character(bytes_, at_) && bytes_.rfind('\n', at_) != cut_line_) {
      cut_line_ = bytes_.rfind('\n', at_);
      ++tally.cut_sequence;
    }
    if (random.one_in(50)) reader_.release();
    if (is_read()) reader_.end();
  }

  // How many records it has become.
  std::size_t check() {
    const auto written = reader_.records();
    expect_records(bytes_, policy_, written);
    return written.size();
  }

 private:
  OutputPolicy policy_;
  StreamReader reader_;
  std::string bytes_;
  std::size_t at_ = 0;
  std::size_t longest_read_ = 1;
  std::size_t cut_line_ = 1;  // where the line before the last cut one ended
};

// Several streams, read by turns as the event loop reads them: how many records they became.
std::size_t run_some(Random& random, Tally& tally) {
  OwnKeys keys(kLargestRecord);
  std::vector<std::unique_ptr<Run>> runs;
  for (std::size_t i = 1 + random.below(kMostStreams); i > 0; --i) {
    runs.push_back(std::make_unique<Run>(random, keys, tally));
  }
  std::size_t records = 0;
  while (!runs.empty()) {
    const auto run = runs.begin() + static_cast<std::ptrdiff_t>(random.below(runs.size()));
    (*run)->read(random, tally);
    if (!(*run)->is_read()) continue;
    records += (*run)->check();
    runs.erase(run);
  }
  return records;
}

int run(std::size_t lines) {
  const char* chosen = std::getenv("PMX_SEED");
  const std::uint64_t first_seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 1;
  std::printf("seed %llu, %zu lines\n", static_cast<unsigned long long>(first_seed), lines);
  Tally tally;
  std::size_t records = 0;
  std::uint64_t seed = first_seed;
  for (; tally.lines < lines; ++seed) {
    Random random(seed);
    try {
      records += run_some(random, tally);
    } catch (const std::exception& wrong) {
      std::printf("PMX_SEED=%llu: %s\n", static_cast<unsigned long long>(seed), wrong.what());
      return 1;
    }
  }
  std::printf("%zu lines became %zu records, all as expected\n", tally.lines, records);
  return tally.print_shares() ? 0 : 1;
}

}  // namespace
}  // namespace pmx

int main(int argc, char** argv) {
  return pmx::run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000);
}
