#include "codec/log_schema.h"

#include <algorithm>

#include "base/named.h"
#include "base/text.h"

namespace pmx {
namespace {

using enum SchemaField::Value;

constexpr std::array<std::string_view, kSeverities> kLowerCase{
    "trace", "debug", "info", "notice", "warn", "error", "fatal", "alert", "emergency"};

constexpr std::size_t kLongestEscapedName = 6 * kLongestAppName;

constexpr auto kPmxFields = std::to_array<SchemaField>({{"time", time},
                                                        {"level", severity},
                                                        {"app", app},
                                                        {"instance", instance},
                                                        {"pid", pid},
                                                        {"stream", stream}});
constexpr Schema kPmx{.fields = kPmxFields,
                      .time = "time",
                      .level = "level",
                      .text = "msg",
                      .event = "event",
                      .event_prefix = "",
                      .exit_code = "code",
                      .severities = kLowerCase,
                      .longest_name = kLongestEscapedName};

// https://www.elastic.co/guide/en/ecs/8.11/ and the field list of ecs-logging. Dots are part of the
// keys; `stream` is what Filebeat calls it.
constexpr auto kEcsFields =
    std::to_array<SchemaField>({{"@timestamp", time},
                                {"log.level", severity, "log"},
                                {"ecs.version", ecs_version, "ecs"},
                                {"service.name", app, "service"},
                                {"service.node.name", instance_text, "service"},
                                {"process.pid", pid, "process"},
                                {"stream", stream}});
constexpr Schema kEcs{.fields = kEcsFields,
                      .time = "@timestamp",
                      .level = "log.level",
                      .text = "message",
                      .event = "event.action",
                      .event_prefix = "pmx.",
                      .exit_code = "process.exit_code",
                      .severities = kLowerCase,
                      .takes_any_level = true};

// https://cloud.google.com/logging/docs/structured-logging; the words are those of LogSeverity.
// Labels are texts.
constexpr auto kGcpFields = std::to_array<SchemaField>(
    {{"time", time}, {"severity", severity}, {"logging.googleapis.com/labels", labels}});
constexpr Schema kGcp{.fields = kGcpFields,
                      .time = "time",
                      .level = "severity",
                      .text = "message",
                      .event = "event",
                      .event_prefix = "",
                      .exit_code = "code",
                      .severities = {"DEBUG", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR",
                                     "CRITICAL", "ALERT", "EMERGENCY"}};

// An app's line has no level there but its `type`; an object's own `level` is kept, as a word.
constexpr auto kPm2Fields = std::to_array<SchemaField>({{"timestamp", time},
                                                        {"type", pm2_type},
                                                        {"process_id", id},
                                                        {"app_name", app},
                                                        {"level", event_severity}});
constexpr auto kPm2Events = std::to_array<EventName>({{"started", "online"}, {"exited", "exit"}});
constexpr Schema kPm2{.fields = kPm2Fields,
                      .time = "timestamp",
                      .level = "level",
                      .text = "message",
                      .event = "status",
                      .event_names = kPm2Events,
                      .event_prefix = "",
                      .exit_code = "code",
                      .severities = kLowerCase,
                      .takes_any_level = true};

static_assert(std::max({kPmxFields.size(), kEcsFields.size(), kGcpFields.size(),
                        kPm2Fields.size()}) <= kMostFields);

// npm's and winston's, syslog's, Python's and Java's words.
constexpr auto kWords = std::to_array<Named<Severity>>(
    {{"trace", Severity::trace},    {"silly", Severity::trace},
     {"finest", Severity::trace},   {"debug", Severity::debug},
     {"verbose", Severity::debug},  {"fine", Severity::debug},
     {"info", Severity::info},      {"information", Severity::info},
     {"http", Severity::info},      {"log", Severity::info},
     {"notice", Severity::notice},  {"warn", Severity::warn},
     {"warning", Severity::warn},   {"error", Severity::error},
     {"err", Severity::error},      {"severe", Severity::error},
     {"fatal", Severity::critical}, {"critical", Severity::critical},
     {"crit", Severity::critical},  {"panic", Severity::critical},
     {"alert", Severity::alert},    {"emergency", Severity::emergency},
     {"emerg", Severity::emergency}});

std::string_view stream_name(Stream stream) noexcept {
  return stream == Stream::standard_error ? "stderr" : "stdout";
}

void write_name(RecordWriter& out, const Schema& schema, std::string_view name) noexcept {
  std::array<char, kLongestEscapedName> form;
  const auto escaped = escape_json(name, std::span(form).first(schema.longest_name));
  out << "\"" << std::string_view(form.data(), escaped.written) << "\"";
}

void write_labels(RecordWriter& out, const Schema& schema, const RecordFacts& facts) noexcept {
  out << "{\"app\":";
  write_name(out, schema, *facts.app);
  out << ",\"instance\":\"" << std::int64_t{facts.instance} << "\"";
  if (facts.pid) out << ",\"pid\":\"" << std::int64_t{static_cast<int>(*facts.pid)} << "\"";
  if (facts.stream) out << ",\"stream\":\"" << stream_name(*facts.stream) << "\"";
  out << "}";
}

std::string_view pm2_type_of(const RecordFacts& facts) noexcept {
  if (facts.stream) return *facts.stream == Stream::standard_error ? "err" : "out";
  return facts.app ? "process_event" : "PM2";
}

}  // namespace

const Schema& schema_of(LogSchema schema) noexcept {
  switch (schema) {
    case LogSchema::pmx:
      return kPmx;
    case LogSchema::ecs:
      return kEcs;
    case LogSchema::gcp:
      return kGcp;
    case LogSchema::pm2:
      return kPm2;
  }
  return kPmx;
}

bool is_there(const SchemaField& field, const RecordFacts& facts) noexcept {
  switch (field.value) {
    case app:
    case instance:
    case instance_text:
    case id:
    case labels:
      return facts.app.has_value();
    case pid:
      return facts.pid.has_value();
    case stream:
      return facts.stream.has_value();
    case event_severity:
      return !facts.stream;
    case time:
    case severity:
    case pm2_type:
    case ecs_version:
      return true;
  }
  return false;
}

void write_field(RecordWriter& out, const Schema& schema, const SchemaField& field,
                 const RecordFacts& facts) noexcept {
  out << "\"" << field.key << "\":";
  switch (field.value) {
    case time:
      out << "\"" << facts.time << "\"";
      return;
    case severity:
    case event_severity:
      out << "\"" << schema.severities[static_cast<std::size_t>(facts.severity)] << "\"";
      return;
    case app:
      return write_name(out, schema, *facts.app);
    case instance:
      out << std::int64_t{facts.instance};
      return;
    case instance_text:
      out << "\"" << std::int64_t{facts.instance} << "\"";
      return;
    case id:
      out << std::int64_t{facts.id};
      return;
    case pid:
      out << std::int64_t{static_cast<int>(*facts.pid)};
      return;
    case stream:
      out << "\"" << stream_name(*facts.stream) << "\"";
      return;
    case labels:
      return write_labels(out, schema, facts);
    case pm2_type:
      out << "\"" << pm2_type_of(facts) << "\"";
      return;
    case ecs_version:
      out << "\"8.11.0\"";
      return;
  }
}

Severity severity_of(Level level) noexcept {
  switch (level) {
    case Level::debug:
      return Severity::debug;
    case Level::info:
      return Severity::info;
    case Level::warn:
      return Severity::warn;
    case Level::error:
      return Severity::error;
  }
  return Severity::info;
}

std::optional<Severity> severity_of_word(std::string_view word) noexcept {
  const auto row = std::ranges::find_if(
      kWords, [&](const auto& known) { return same_ignoring_case(known.name, word); });
  if (row == kWords.end()) return std::nullopt;
  return row->value;
}

std::optional<Severity> severity_of_number(std::int64_t number) noexcept {
  using enum Severity;
  constexpr std::array kByTens{trace, debug, info, warn, error, critical};
  if (number < 10 || number >= 70) return std::nullopt;
  return kByTens[static_cast<std::size_t>(number / 10 - 1)];
}

}  // namespace pmx
