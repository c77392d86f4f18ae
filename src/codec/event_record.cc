#include "codec/event_record.h"

#include <algorithm>

#include "codec/log_schema.h"
#include "codec/record_writer.h"
#include "codec/time_text.h"

namespace pmx {
namespace {

constexpr std::string_view kEnd = "\"}\n";

void write_value(RecordWriter& out, const EventField& field) noexcept {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    out << *number;
  } else if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    (out << "\"").escaped(*text, kEnd.size()) << "\"";
  } else {
    out << "null";
  }
}

std::string_view event_name(const Schema& schema, std::string_view event) noexcept {
  const auto other = std::ranges::find(schema.event_names, event, &EventName::event);
  return other == schema.event_names.end() ? event : other->name;
}

}  // namespace

std::size_t write_json_event(const EventRecord& record, const OutputPolicy& policy,
                             std::span<char> out) noexcept {
  const Schema& schema = schema_of(policy.schema);
  TimeText time;
  time.set(record.time);
  RecordFacts facts{.time = time.text(), .severity = severity_of(record.level)};
  if (record.subject) {
    facts.app = record.subject->app;
    facts.instance = record.subject->instance;
    facts.id = record.subject->id;
    facts.pid = record.subject->pid;
  }
  RecordWriter line(out.first(std::min(out.size(), policy.max_record + 1)));
  line << "{";
  for (const SchemaField& field : schema.fields) {
    if (!is_there(field, facts)) continue;
    if (field.key != schema.fields.front().key) line << ",";
    write_field(line, schema, field, facts);
  }
  line << ",\"" << schema.event << "\":\"" << event_name(schema, record.event) << "\"";
  for (const EventField& field : record.fields) {
    line << ",\"";
    if (field.name == "code") {
      line << schema.exit_code;
    } else {
      line << schema.event_prefix << field.name;
    }
    line << "\":";
    write_value(line, field);
  }
  (line << ",\"" << schema.text << "\":\"").escaped(record.message, kEnd.size()) << kEnd;
  return line.size();
}

std::size_t write_text_event(const EventRecord& record, std::string_view speaker,
                             std::span<char> out) noexcept {
  RecordWriter line(out);
  if (record.subject) {
    line << record.subject->app << "[" << std::int64_t{record.subject->instance} << "] | ";
  } else {
    line << speaker << " | ";
  }
  line.cut(record.message, 1) << "\n";
  return line.size();
}

}  // namespace pmx
