// An app's own object in the terms of a schema.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "codec/json_members.h"
#include "codec/json_object.h"
#include "codec/log_schema.h"

namespace pmx {

// Its time, level and text get the schema's keys and types; all else stays as it is, in its place.
//   time   `time`, `timestamp` or `@timestamp`: RFC 3339, or a number since 1970
//          (time_of_number())
//   level  `level`, `severity` or `log.level`: a word, or a number of pino's
//   text   `msg` or `message`: what is no text becomes its JSON as text
// The schema's own key wins over the others, and of those the first. What is neither a time nor a
// level stays under its own key.
class MappedObject {
 public:
  // An object that read_json_object() has found to be one, from brace to brace; it must outlive
  // this.
  MappedObject(std::string_view object, const Schema& schema) noexcept;

  // Which of the schema's fields it has, one bit for each, by their order.
  [[nodiscard]] FieldSet has() const noexcept { return has_; }

  // All but the closing brace; how many bytes that is, 0 if they do not fit.
  [[nodiscard]] std::size_t write(std::span<char> out) const noexcept;

 private:
  enum class Part : unsigned char { time, level, text };
  static constexpr std::size_t kParts = 3;
  struct Chosen {
    std::optional<JsonMember> member;
    bool is_settled = false;  // by the schema's own key
  };

  void look_at(const JsonMember& member) noexcept;
  void look_at(const JsonMember& member, Part part) noexcept;
  [[nodiscard]] std::string_view key_of(Part part) const noexcept;
  [[nodiscard]] bool can_be(Part part, std::string_view value) const noexcept;
  void write(RecordWriter& out, Part part, std::string_view value) const noexcept;

  std::string_view object_;
  const Schema& schema_;
  FieldSet has_ = 0;
  std::array<Chosen, kParts> chosen_{};
};

}  // namespace pmx
