// Any bytes, read in any pieces, under any policy: records are valid, short enough, and due ones
// are written. The first bytes choose the policy and the pieces, the rest is the stream.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "codec/stream_reader.h"
#include "codec/top_level.h"

namespace {

using namespace pmx;

// By schema: what the key is that every record has.
constexpr const char* kTimes[] = {"time", "@timestamp", "time", "timestamp"};

OutputPolicy policy_of(unsigned choice) {
  constexpr Multiline kModes[] = {Multiline::off, Multiline::indent, Multiline::node,
                                  Multiline::node};
  constexpr LogSchema kSchemas[] = {LogSchema::pmx, LogSchema::ecs, LogSchema::gcp, LogSchema::pm2};
  OutputPolicy policy;
  policy.format = (choice & 1) != 0 ? LogFormat::text : LogFormat::json;
  policy.json_lines = (choice & 2) != 0 ? JsonLines::wrap : JsonLines::merge;
  policy.multiline_stdout = kModes[choice >> 2 & 3];
  policy.max_record = (choice & 16) != 0 ? 1'024 : 1'500;
  policy.strip_ansi = (choice & 32) != 0;
  // Text has no schema, and colours only it.
  policy.schema = policy.format == LogFormat::text ? LogSchema::pmx : kSchemas[choice >> 6 & 3];
  policy.colour = (choice & 64) != 0;
  return policy;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const OutputPolicy policy = policy_of(data[0]);
  StreamReader reader(policy);
  reader.room = data[1] * 16U;
  std::uint32_t steps = data[2] * 0x0101U + data[3];
  std::string_view bytes(reinterpret_cast<const char*>(data) + 4, size - 4);
  while (!bytes.empty()) {
    steps = steps * 1'103'515'245U + 12'345U;
    const std::size_t piece = std::min<std::size_t>(bytes.size(), 1 + (steps >> 16 & 0xff));
    reader.read(bytes.substr(0, piece));  // throws where a promise is broken
    bytes.remove_prefix(piece);
    if ((steps >> 24 & 15) == 0) reader.release();
  }
  reader.end();
  for (const std::string& record : reader.records()) {
    if (policy.format == LogFormat::text) {
      require(record.contains("api[0]"));
      continue;
    }
    require(is_valid_utf8(record));
    const auto object = nlohmann::json::parse(record, nullptr, false);
    // The parser refuses numbers beyond double, which are JSON, in the app's own objects.
    const std::string time = kTimes[static_cast<std::size_t>(policy.schema)];
    require(object.is_object() || !record.starts_with("{\"" + time + "\":\"2026-"));
    if (!object.is_object()) continue;
    require(object.contains(time));
    TopLevel top;
    require(nlohmann::json::sax_parse(record, &top) && !top.repeats);
  }
  return 0;
}
