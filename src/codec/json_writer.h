// JSON text, built piece by piece: for what is said now and then, not for the log.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pmx {

// Commas come by themselves; that braces match and members have keys is the caller's part. Text
// may be any bytes: what is not UTF-8 becomes U+FFFD.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth) { return literal(truth ? "true" : "false"); }
  JsonWriter& value(std::integral auto number) { return literal(std::to_string(number)); }
  JsonWriter& null() { return literal("null"); }
  template <class T>
  JsonWriter& value(const std::optional<T>& perhaps) {
    return perhaps ? value(*perhaps) : null();
  }
  JsonWriter& value(std::span<const std::string> words);
  // Text that is JSON already.
  JsonWriter& literal(std::string_view json);

  template <class T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

  [[nodiscard]] const std::string& text() const& noexcept { return text_; }
  [[nodiscard]] std::string text() && noexcept { return std::move(text_); }

 private:
  JsonWriter& open(char brace);
  JsonWriter& close(char brace);
  void separate();
  void quote(std::string_view text);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace pmx
