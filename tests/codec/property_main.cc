// Random bytes, cut anywhere, must come out of RecordStream as valid JSON that says what went in.
//   log_property [lines]      PMX_SEED: where to begin; otherwise always the same
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include "codec/property_expectation.h"
#include "codec/property_lines.h"
#include "codec/stream_reader.h"

namespace pmx {
namespace {

constexpr std::size_t kLinesPerStream = 100;

struct Run {
  OutputPolicy policy;
  std::string bytes;
};

OutputPolicy random_policy(Random& random) {
  OutputPolicy policy;
  policy.format = LogFormat::json;
  policy.schema = random.pick({LogSchema::pmx, LogSchema::ecs, LogSchema::gcp, LogSchema::pm2});
  policy.json_lines = random.one_in(5) ? JsonLines::wrap : JsonLines::merge;
  policy.multiline_stdout = random.pick({Multiline::off, Multiline::node, Multiline::indent});
  policy.max_record = random.pick({1'024UL, 1'024UL, 2'000UL, 16'383UL});
  policy.strip_ansi = random.one_in(5);
  return policy;
}

bool is_within_character(std::string_view bytes, std::size_t at) {
  return at > 0 && at < bytes.size() && static_cast<unsigned char>(bytes[at - 1]) >= 0x80 &&
         (static_cast<unsigned char>(bytes[at]) & 0xc0) == 0x80;
}

// Reads the stream in random pieces, now and then releasing what is held.
std::vector<std::string> records_of(const Run& run, Random& random, Tally& tally) {
  StreamReader reader(run.policy);
  reader.room = random.one_in(4) ? 300 + random.below(1'000) : 1 << 18;
  const std::size_t longest_read = random.pick({3UL, 40UL, 500UL, 5'000UL, 100'000UL});
  std::size_t cut_line = 1;  // where the line before the last cut one ended
  for (std::size_t at = 0; at < run.bytes.size();) {
    const std::size_t size = std::min(run.bytes.size() - at, 1 + random.below(longest_read));
    reader.now.microseconds += 1 + static_cast<std::int64_t>(random.below(1'000'000));
    reader.read(std::string_view(run.bytes).substr(at, size));
    at += size;
    if (is_within_character(run.bytes, at) && run.bytes.rfind('\n', at) != cut_line) {
      cut_line = run.bytes.rfind('\n', at);
      ++tally.cut_sequence;
    }
    if (random.one_in(50)) reader.release();
  }
  reader.end();
  return reader.records();
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
    Run run{random_policy(random), {}};
    for (std::size_t i = 0; i < kLinesPerStream; ++i) {
      run.bytes += random_line(random, run.policy.max_record, tally);
    }
    if (random.one_in(3)) run.bytes.pop_back();
    try {
      const auto written = records_of(run, random, tally);
      expect_records(run.bytes, run.policy, written);
      records += written.size();
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
