// What pmx-init itself says, as one record (docs/log-record.md, "event").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/ids.h"
#include "base/time.h"
#include "core/note.h"
#include "core/output_policy.h"

namespace pmx {

struct EventField {
  std::string_view name;
  std::variant<std::nullptr_t, std::int64_t, std::string_view> value;  // nullptr: JSON's null
};

struct EventSubject {  // the instance that it concerns
  std::string_view app;
  unsigned instance = 0;
  std::optional<Pid> pid;
  unsigned id = 0;  // of the instance among all
};

struct EventRecord {
  WallTime time;
  Level level = Level::info;
  std::optional<EventSubject> subject;
  std::string_view event;
  std::span<const EventField> fields;
  std::string_view message;
};

// One JSON object and its newline; how many bytes that is, 0 if they do not fit. A message that is
// too long for the policy's max_record is cut, never its fields.
[[nodiscard]] std::size_t write_json_event(const EventRecord& record, const OutputPolicy& policy,
                                           std::span<char> out) noexcept;

// `app[0] | message` and a newline, as a person reads it; `speaker` stands for the subject where
// there is none.
[[nodiscard]] std::size_t write_text_event(const EventRecord& record, std::string_view speaker,
                                           std::span<char> out) noexcept;

}  // namespace pmx
