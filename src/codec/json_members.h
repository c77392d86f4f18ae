// The members of an object that is well-formed, as they stand in the text: a text has its quotes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "codec/json_object_keys.h"
#include "codec/json_scan.h"

namespace pmx {

struct JsonMember {
  std::string_view text;  // from the opening quote of the key to the end of the value
  JsonKey key;
  std::string_view value;
};

class JsonMembers {
 public:
  // An object that read_json_object() has found to be one, from brace to brace.
  explicit JsonMembers(std::string_view object) noexcept
      : at_(object.data() + 1), end_(object.data() + object.size()), scan_(object) {}

  [[nodiscard]] std::optional<JsonMember> next() noexcept;

 private:
  void skip_space() noexcept;
  void skip_string() noexcept;
  void skip_value() noexcept;

  const char* at_;
  const char* end_;
  JsonScan scan_;
};

// The last one of that key, as in JavaScript; empty where there is none.
[[nodiscard]] std::string_view find_member(std::string_view object, std::string_view key) noexcept;

// Of each member the latest value: the `old` object, or nothing at all, with the members of `fresh`
// in place of those of the same key or behind them. Of each object the first `most` members count;
// what would be one more, or does not fit, is left out.
[[nodiscard]] std::string_view merge_members(std::string_view old, std::string_view fresh,
                                             std::size_t most, std::span<char> out) noexcept;

}  // namespace pmx
