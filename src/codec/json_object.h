// One line that may be a JSON object: may our fields be appended to it?
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "codec/json_object_keys.h"

namespace pmx {

// The fields of an app's record that an object may already have, in the order of the record.
enum class RecordField : unsigned char { time, level, app, instance, pid, stream };
inline constexpr std::size_t kRecordFields = 6;

// A set of record fields, one bit for each.
using FieldSet = unsigned;
[[nodiscard]] constexpr FieldSet only(RecordField field) noexcept {
  return 1U << static_cast<unsigned>(field);
}

struct JsonObject {
  std::string_view text;  // from the opening to the closing brace
  bool empty = true;      // it has no members
  FieldSet has = 0;       // among its top-level keys
};

inline constexpr int kDeepestNesting = 64;  // the object itself counts

// Whether the line at the front of `bytes` begins like an object at all: nothing but white space
// before a brace.
[[nodiscard]] bool may_be_json_object(std::string_view bytes) noexcept;

// The object, if the line is one: RFC 8259 to the letter with nothing but white space around,
// valid UTF-8, no top-level key twice, and not nested deeper than kDeepestNesting. Keys are
// compared unescaped. Half a surrogate pair (\ud800 alone) is no text: many parsers refuse it, and
// every record is to be readable by every parser. `seen` is scratch space and must have been made
// for lines of this length.
[[nodiscard]] std::optional<JsonObject> read_json_object(std::string_view line,
                                                         JsonObjectKeys& seen) noexcept;

// The same where nobody asks for the keys, which may also come twice: from brace to brace.
[[nodiscard]] std::optional<std::string_view> find_json_object(std::string_view line) noexcept;

}  // namespace pmx
