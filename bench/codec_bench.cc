// How many lines a second become records in memory, for four kinds of text.
//   codec_bench [lines [kind]]
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "codec/record_stream.h"

namespace {

using pmx::RecordStream;

struct Kind {
  const char* name;
  std::string line;
};

std::vector<Kind> kinds() {
  std::string plain =
      "GET /api/v1/orders/1234567 200 12ms from 10.0.0.17 by Mozilla/5.0 (X11; Linux)";
  plain.resize(100, 'x');
  std::string escapes;
  while (escapes.size() < 94) escapes += "a \"quoted\"\tC:\\dir ";
  escapes.resize(100, '"');
  std::string korean;
  while (korean.size() < 96) korean += "서버가 요청을 처리했습니다 ";
  korean.resize(97);
  return {
      {"text", plain},
      {"pino", R"({"level":30,"time":1795408503123,"pid":17,"hostname":"api","reqId":"000000017",)"
               R"("req":{"method":"GET","url":"/api/v1/orders/8812"},"res":{"statusCode":200},)"
               R"("responseTime":12,"msg":"request completed"})"},
      {"escapes", escapes},
      {"korean", korean}};
}

double lines_per_second(const std::string& line, std::size_t count) {
  constexpr std::size_t kRead = 256 * 1024;
  std::string input;
  std::size_t lines = 0;
  for (; input.size() + line.size() < kRead; ++lines) input += line + "\n";
  std::vector<char> out(4 * kRead);
  const pmx::OutputPolicy policy;
  std::vector<pmx::JsonObjectKeys::Slot> table(pmx::JsonObjectKeys::slots_for(policy.max_record));
  pmx::JsonObjectKeys keys(table);
  RecordStream stream({.app = "api", .instance = 0, .pid = pmx::Pid{17}}, policy, keys);

  const std::clock_t begin = std::clock();  // processor time: others may share the machine
  std::size_t done = 0;
  for (std::int64_t now = 1'795'408'503'000'000; done < count; now += 1000) {
    for (std::size_t at = 0; at < input.size();) {
      const auto step =
          stream.encode({.bytes = std::string_view(input).substr(at), .now = {now}}, out);
      if (step.consumed == 0) std::abort();
      at += step.consumed;
    }
    done += lines;
  }
  const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return static_cast<double>(done) / took;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 5'000'000;
  for (const Kind& kind : kinds()) {
    if (argc > 2 && std::string(argv[2]) != kind.name) continue;
    std::printf("%-8s %3zu bytes  %6.1f million lines/s\n", kind.name, kind.line.size(),
                lines_per_second(kind.line, count) / 1e6);
  }
}
