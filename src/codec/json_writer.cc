#include "codec/json_writer.h"

#include <array>

#include "codec/json_string.h"

namespace pmx {

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  quote(name);
  text_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  quote(text);
  return *this;
}

JsonWriter& JsonWriter::literal(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

JsonWriter& JsonWriter::open(char brace) {
  separate();
  text_ += brace;
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char brace) {
  text_ += brace;
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::span<const std::string> words) {
  begin_array();
  for (const std::string& word : words) value(word);
  return end_array();
}

void JsonWriter::separate() {
  if (needs_comma_) text_ += ',';
  needs_comma_ = true;
}

void JsonWriter::quote(std::string_view text) {
  text_ += '"';
  while (!text.empty()) {
    std::array<char, 256> piece;
    const Escaped escaped = escape_json(text, piece);
    text_.append(piece.data(), escaped.written);
    text.remove_prefix(escaped.consumed);
  }
  text_ += '"';
}

}  // namespace pmx
