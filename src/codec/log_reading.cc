#include "codec/log_reading.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/concat.h"
#include "base/level.h"
#include "codec/app_reading.h"
#include "codec/quantity_text.h"

namespace pmx {
namespace {

using Reading = ManifestReading;

constexpr std::string_view kNoWord = "is no word that is known here";

template <auto kMember, const auto& kTable>
void word(Reading& reading, const Node& node, OutputSettings& output) {
  if (const auto value = reading.word(node, kTable, kNoWord)) output.*kMember = *value;
}
// For both streams.
template <auto kOut, auto kErr, const auto& kTable>
void words(Reading& reading, const Node& node, OutputSettings& output) {
  if (const auto value = reading.word(node, kTable, kNoWord)) {
    output.*kOut = *value;
    output.*kErr = *value;
  }
}

void read_max_record(Reading& reading, const Node& node, OutputSettings& output) {
  std::optional<std::uint64_t> size;
  if (const auto* whole = std::get_if<std::int64_t>(&node.value)) {
    size = parse_size(std::to_string(*whole));
  } else if (const std::string* const text = node.text()) {
    size = parse_size(*text);
  }
  if (size && *size >= kSmallestMaxRecord && *size <= kLargestMaxRecord) {
    output.max_record = static_cast<std::size_t>(*size);
  } else {
    reading.refuse(node, "is not a length of records", "a size from \"1K\" to \"256K\"");
  }
}

void read_strip_ansi(Reading& reading, const Node& node, OutputSettings& output) {
  if (const auto value = reading.flag(node)) output.strip_ansi = *value;
}

void read_flush_timeout(Reading& reading, const Node& node, OutputSettings& output) {
  if (const auto value = reading.duration(node)) output.flush_timeout = *value;
}

struct LogKey {
  std::string_view name;
  bool is_of_apps;  // may differ from app to app
  void (*read)(Reading& reading, const Node& node, OutputSettings& output);
};

using Output = OutputSettings;
constexpr auto kStdoutKeys = std::to_array<LogKey>({
    {"level", true, word<&Output::level_stdout, kLevels>},
    {"multiline", true, word<&Output::multiline_stdout, kMultilines>},
});
constexpr auto kStderrKeys = std::to_array<LogKey>({
    {"level", true, word<&Output::level_stderr, kLevels>},
    {"multiline", true, word<&Output::multiline_stderr, kMultilines>},
});

void read_keys(Reading& reading, const Node& node, std::span<const LogKey> keys, bool of_app,
               OutputSettings& output);

template <const auto& kKeys>
void stream(Reading& reading, const Node& node, OutputSettings& output) {
  read_keys(reading, node, kKeys, true, output);
}

constexpr auto kLogKeys = std::to_array<LogKey>({
    {"format", false, word<&Output::format, kLogFormats>},
    {"schema", false, word<&Output::schema, kLogSchemas>},
    {"json_lines", true, word<&Output::json_lines, kJsonLines>},
    {"multiline", true, words<&Output::multiline_stdout, &Output::multiline_stderr, kMultilines>},
    {"level", true, words<&Output::level_stdout, &Output::level_stderr, kLevels>},
    {"stdout", true, stream<kStdoutKeys>},
    {"stderr", true, stream<kStderrKeys>},
    {"max_record", true, read_max_record},
    {"strip_ansi", true, read_strip_ansi},
    {"on_full", true, word<&Output::on_full, kOnFulls>},
    {"flush_timeout", false, read_flush_timeout},
});

std::string names_of(std::span<const LogKey> keys, bool of_app, std::string_view between = ", ") {
  std::string names;
  for (const LogKey& key : keys) {
    if (of_app && !key.is_of_apps) continue;
    append(names, names.empty() ? "" : between, key.name);
  }
  return names;
}

void read_keys(Reading& reading, const Node& node, std::span<const LogKey> keys, bool of_app,
               OutputSettings& output) {
  const Node::Map* const map = node.map();
  if (map == nullptr)
    return reading.refuse(node, "is not a map", concat("of ", names_of(keys, of_app)));
  for (const Node::Member& member : *map) {
    const Reading::Step step(reading, member.key);
    const auto key = std::ranges::find(keys, member.key, &LogKey::name);
    if (key == keys.end() && member.key == "file") {
      reading.refuse(member, "is not possible yet", "leave it out");
    } else if (key == keys.end()) {
      reading.refuse(member, "is not a key of it", names_of(keys, of_app));
    } else if (of_app && !key->is_of_apps) {
      reading.refuse(member, "is the same for all apps", "write it in \"log\" beside \"apps\"");
    } else if (!member.value.is_null()) {
      key->read(reading, member.value, output);
    }
  }
}

}  // namespace

std::string log_keys(bool of_app) { return names_of(kLogKeys, of_app, " "); }
std::string log_stream_keys() { return names_of(kStdoutKeys, true, " "); }

void read_log(ManifestReading& reading, const Node& node, ManifestSettings& manifest) {
  if (node.text() != nullptr) {
    return word<&Output::format, kLogFormats>(reading, node, manifest.output);
  }
  read_keys(reading, node, kLogKeys, false, manifest.output);
}

// pm2 knows the key as another name of `log_file`.
void read_app_log(ManifestReading& reading, const Node& node, AppSettings& app) {
  const bool is_file = node.text() != nullptr || std::holds_alternative<bool>(node.value);
  if (is_file) return read_log_file(reading, node, app);
  read_keys(reading, node, kLogKeys, true, app.output);
}

}  // namespace pmx
