// What the fields of a record are called in each schema, and what stands in them.
//   ecs  Elastic Common Schema 8.11 and its logging specification
//   gcp  Google Cloud's structured logging: the special fields of a JSON payload
//   pm2  what pm2-runtime --json prints
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/ids.h"
#include "codec/record_writer.h"
#include "core/output_policy.h"

namespace pmx {

// The levels that loggers and schemas know, the least first.
enum class Severity : unsigned char {
  trace,
  debug,
  info,
  notice,
  warn,
  error,
  critical,
  alert,
  emergency
};
inline constexpr std::size_t kSeverities = 9;

// Everything about a record but its text. What is absent is not written.
struct RecordFacts {
  std::string_view time;
  Severity severity = Severity::info;
  std::optional<std::string_view> app{};  // whose it is: then its instance and id are known too
  unsigned instance = 0;
  unsigned id = 0;
  std::optional<Pid> pid{};
  std::optional<Stream> stream{};
};

struct SchemaField {
  std::string_view key;
  enum class Value : unsigned char {
    time,
    severity,
    event_severity,  // in records of our own only
    app,
    instance,
    instance_text,
    id,
    pid,
    stream,
    labels,    // app, instance, pid and stream, in one object
    pm2_type,  // which stream, or that it is an event
    ecs_version,
  } value;
  // Of an object that has this key our field is there, too: `process` has a pid, `log` a level.
  std::string_view whole = {};
};
inline constexpr std::size_t kMostFields = 7;

// What an event is called in a schema that has a word of its own for it.
struct EventName {
  std::string_view event;
  std::string_view name;
};

struct Schema {
  std::span<const SchemaField> fields;  // at most kMostFields, in the order of the record
  std::string_view time;
  std::string_view level;
  std::string_view text;
  std::string_view event;  // the key of an event's name
  std::span<const EventName> event_names = {};
  std::string_view event_prefix;  // of its own fields
  std::string_view exit_code;     // the key of an event's field `code`
  std::array<std::string_view, kSeverities> severities;
  bool takes_any_level = false;  // a word that is no level we know is one all the same
  // Of the app's name what takes no more bytes, escaped: so every record has room for its text.
  std::size_t longest_name = 640;
};

[[nodiscard]] const Schema& schema_of(LogSchema schema) noexcept;

// Whether a record of these facts has the field.
[[nodiscard]] bool is_there(const SchemaField& field, const RecordFacts& facts) noexcept;

// `"key":value` of a field that is there.
void write_field(RecordWriter& out, const Schema& schema, const SchemaField& field,
                 const RecordFacts& facts) noexcept;

[[nodiscard]] Severity severity_of(Level level) noexcept;

// A level as loggers write it, in any case: "warn", "WARNING", "fatal".
[[nodiscard]] std::optional<Severity> severity_of_word(std::string_view word) noexcept;
// A level as pino and bunyan number it: 30 is info, 40 is warn; what is between belongs to the
// lower one.
[[nodiscard]] std::optional<Severity> severity_of_number(std::int64_t number) noexcept;

}  // namespace pmx
