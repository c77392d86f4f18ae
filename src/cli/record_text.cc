#include "cli/record_text.h"

#include <cstdint>
#include <optional>

#include "base/concat.h"
#include "base/named.h"
#include "base/text.h"
#include "codec/log_schema.h"
#include "core/output_policy.h"

namespace pmx::cli {
namespace {

const Node& record_of(const SentLine& line) { return line.reply.find("record")->value; }

const Schema& schema_of_line(const SentLine& line) {
  return schema_of(from_name(kLogSchemas, text_in(line.reply, "schema")).value_or(LogSchema::pmx));
}

bool is_same_level(std::string_view one, std::string_view other) {
  const auto severity = severity_of_word(one);
  return severity ? severity == severity_of_word(other) : same_ignoring_case(one, other);
}

}  // namespace

std::string_view text_in(const Node& record, std::string_view key) {
  const Node::Member* const member = record.find(key);
  const std::string* const text = member == nullptr ? nullptr : member->value.text();
  return text == nullptr ? std::string_view{} : std::string_view(*text);
}

std::string writer_of(const SentLine& line) {
  const Node::Member* const instance = line.reply.find("instance");
  return concat(text_in(line.reply, "app"), "[", instance ? shown(instance->value) : "", "]");
}

std::string_view text_of(const SentLine& line) {
  const Node& record = record_of(line);
  if (const std::string* const text = record.text()) {
    // In the form `text`: behind the writer, whose colour may end in between.
    constexpr std::string_view kBar = " | ";
    const std::size_t name = text->find(writer_of(line));
    const std::size_t bar = name == std::string::npos ? name : text->find(kBar, name);
    return bar == std::string::npos ? *text : std::string_view(*text).substr(bar + kBar.size());
  }
  const Node::Member* const member = record.find(schema_of_line(line).text);
  const std::string* const text = member == nullptr ? nullptr : member->value.text();
  return text == nullptr ? line.whole : std::string_view(*text);
}

bool has_level(const SentLine& line, std::string_view level) {
  const Node::Member* const own = record_of(line).find(schema_of_line(line).level);
  const std::string* const word = own == nullptr ? nullptr : own->value.text();
  if (word != nullptr) return is_same_level(*word, level);
  const auto* const number =
      own == nullptr ? nullptr : std::get_if<std::int64_t>(&own->value.value);
  const auto severity = number == nullptr ? std::nullopt : severity_of_number(*number);
  if (severity) return severity == severity_of_word(level);
  return is_same_level(text_in(line.reply, "level"), level);
}

}  // namespace pmx::cli
