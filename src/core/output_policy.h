// How the output of an app becomes records.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "base/level.h"
#include "base/named.h"
#include "base/time.h"

namespace pmx {

enum class LogFormat : unsigned char { json, text, raw };
enum class LogSchema : unsigned char { pmx, ecs, gcp, pm2 };
enum class JsonLines : unsigned char { merge, wrap };
enum class Multiline : unsigned char { off, indent, node };
enum class OnFull : unsigned char { wait, drop };
enum class Stream : unsigned char { standard_output, standard_error };

inline constexpr std::array<Named<LogFormat>, 3> kLogFormats{
    {{"json", LogFormat::json}, {"text", LogFormat::text}, {"raw", LogFormat::raw}}};
inline constexpr std::array<Named<LogSchema>, 4> kLogSchemas{{{"pmx", LogSchema::pmx},
                                                              {"ecs", LogSchema::ecs},
                                                              {"gcp", LogSchema::gcp},
                                                              {"pm2", LogSchema::pm2}}};
inline constexpr std::array<Named<JsonLines>, 2> kJsonLines{
    {{"merge", JsonLines::merge}, {"wrap", JsonLines::wrap}}};
inline constexpr std::array<Named<Multiline>, 3> kMultilines{
    {{"off", Multiline::off}, {"indent", Multiline::indent}, {"node", Multiline::node}}};
inline constexpr std::array<Named<OnFull>, 2> kOnFulls{
    {{"wait", OnFull::wait}, {"drop", OnFull::drop}}};

// Docker's and containerd's readers split at 16 KiB; the newline belongs to it.
inline constexpr std::size_t kDefaultMaxRecord = 16'383;
// Below this no record has room for its own fields; above it buffers would no longer be small.
inline constexpr std::size_t kSmallestMaxRecord = 1'024;
inline constexpr std::size_t kLargestMaxRecord = 262'144;
// A block of lines is never held longer than this after its last line was read.
inline constexpr Duration kBlockPatience{50};
// Long enough for any container or package name; short enough to be in every record.
inline constexpr std::size_t kLongestAppName = 128;  // bytes of valid UTF-8

struct OutputPolicy {
  LogFormat format = LogFormat::json;
  LogSchema schema = LogSchema::pmx;  // JSON format: what the fields are called
  JsonLines json_lines = JsonLines::merge;
  Multiline multiline_stdout = Multiline::off;
  Multiline multiline_stderr = Multiline::node;
  Level level_stdout = Level::info;  // of what says none of its own
  Level level_stderr = Level::error;
  OnFull on_full = OnFull::wait;
  std::size_t max_record = kDefaultMaxRecord;  // bytes of one record, its newline not counted
  bool strip_ansi = false;                     // remove terminal escape sequences
  bool colour = false;                         // text format: colour the app's name
  Duration flush_timeout{5'000};  // at the end: how long stdout may take no byte before we leave

  friend bool operator==(const OutputPolicy&, const OutputPolicy&) = default;
};

// What somebody has said of it: a manifest, one of its apps, or an option.
struct OutputSettings {
  std::optional<LogFormat> format;
  std::optional<LogSchema> schema;
  std::optional<JsonLines> json_lines;
  std::optional<Multiline> multiline_stdout;
  std::optional<Multiline> multiline_stderr;
  std::optional<Level> level_stdout;
  std::optional<Level> level_stderr;
  std::optional<OnFull> on_full;
  std::optional<std::size_t> max_record;
  std::optional<bool> strip_ansi;
  std::optional<Duration> flush_timeout;
};

// What was said, in place of what the policy has.
void lay_over(OutputPolicy& policy, const OutputSettings& said) noexcept;

}  // namespace pmx
