// The members of an object, one by one, as they stand in the text.
#pragma once

#include <optional>
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

}  // namespace pmx
