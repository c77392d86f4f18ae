#include "codec/json_object.h"

#include <cstdint>

#include "base/text.h"
#include "base/utf8.h"
#include "codec/json_scan.h"

namespace pmx {
namespace {

constexpr std::array<std::string_view, kRecordFields> kFieldNames = {"time",     "level", "app",
                                                                     "instance", "pid",   "stream"};
// With every letter as \u00xx.
constexpr std::size_t kLongestFieldEscaped = 6 * 8;

constexpr bool is_json_space(char byte) noexcept {
  if (byte > ' ') [[likely]]
    return false;
  return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}
constexpr bool is_hex_digit(char byte) noexcept {
  return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

constexpr unsigned kFirstLowSurrogate = 0xdc00;
constexpr bool is_surrogate(unsigned unit) noexcept { return unit >= 0xd800 && unit < 0xe000; }

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_json_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_json_space(text.back())) text.remove_suffix(1);
  return text;
}

FieldSet field_of(const JsonKey& key) noexcept {
  if (key.text.size() > kLongestFieldEscaped) return 0;
  for (std::size_t i = 0; i < kRecordFields; ++i) {
    const std::string_view name = kFieldNames[i];
    if (!key.escaped && (key.text.size() != name.size() || key.text[0] != name[0])) continue;
    if (same_key(key, {.text = name})) return only(static_cast<RecordField>(i));
  }
  return 0;
}

// Four digits at `at`, or a number beyond them all. Moves behind what it read.
unsigned hex_unit(const char*& at, const char* end) noexcept {
  unsigned unit = 0;
  for (int i = 0; i < 4; ++i, ++at) {
    if (at == end || !is_hex_digit(*at)) return ~0U;
    const auto digit = static_cast<unsigned char>(*at);
    unit = unit << 4 | (digit <= '9' ? digit - '0' : (digit | 0x20U) - 'a' + 10);
  }
  return unit;
}

// From a backslash to behind its escape; null if it is none.
const char* skip_escape(const char* at, const char* end) noexcept {
  ++at;
  if (at == end) return nullptr;
  const char kind = *at++;
  if (kind != 'u') return std::string_view("\"\\/bfnrt").contains(kind) ? at : nullptr;
  const unsigned unit = hex_unit(at, end);
  if (!is_surrogate(unit)) return unit <= 0xffff ? at : nullptr;
  if (unit >= kFirstLowSurrogate || end - at < 2 || at[0] != '\\' || at[1] != 'u') return nullptr;
  at += 2;
  const unsigned second = hex_unit(at, end);
  return is_surrogate(second) && second >= kFirstLowSurrogate ? at : nullptr;
}

// Reads by what may come next instead of by recursion; which containers are open is a bit each.
class Reader {
 public:
  // Without `seen` any keys will do.
  Reader(std::string_view text, JsonObjectKeys* seen) noexcept
      : at_(text.data()), end_(text.data() + text.size()), scan_(text), seen_(seen) {
    object_.text = text;
  }

  // The text begins with `{` and ends with `}`. So only what may swallow a closing brace, close()
  // and the inside of a string, has to look where the text ends.
  std::optional<JsonObject> read() noexcept {
    if (seen_ != nullptr) seen_->start(object_.text.size());
    if (!value() || at_ != end_) return std::nullopt;
    if (scan_.saw_other_than_ascii() && !is_valid_utf8(object_.text)) return std::nullopt;
    return object_;
  }

 private:
  // From an opening brace to behind the one that closes it.
  bool value() noexcept {
    while (true) {
      if (in_object() && !key()) return false;
      if (*at_ == '{' || *at_ == '[') {
        if (!open(*at_)) return false;
        skip_space();
        if (*at_ != '}' && *at_ != ']') continue;
      } else if (!scalar()) {
        return false;
      }
      while (true) {
        skip_space();
        if (*at_ == ',') break;
        if (!close(*at_)) return false;
        if (depth_ == 0) return true;
        if (at_ == end_) return false;
      }
      ++at_;
      skip_space();
    }
  }

  void skip_space() noexcept {
    while (is_json_space(*at_)) ++at_;
  }

  [[nodiscard]] bool in_object() const noexcept { return (objects_ & 1) != 0; }

  bool open(char brace) noexcept {
    if (depth_ == kDeepestNesting) return false;
    ++depth_;
    objects_ = objects_ << 1 | (brace == '{' ? 1U : 0U);
    ++at_;
    return true;
  }

  bool close(char brace) noexcept {
    if (brace != (in_object() ? '}' : ']')) return false;
    --depth_;
    objects_ >>= 1;
    ++at_;
    return true;
  }

  // A key and its colon, up to the value.
  bool key() noexcept {
    if (*at_ != '"') return false;
    if (depth_ == 1 && seen_ != nullptr) {
      object_.empty = false;
      if (const auto* expected = seen_->add_expected({at_ + 1, end_})) {
        object_.has |= expected->note;
        at_ += 1 + expected->size;
        skip_space();
        return true;
      }
      if (!new_key()) return false;
    } else if (!string()) {
      return false;
    }
    skip_space();
    if (*at_ != ':') return false;
    ++at_;
    skip_space();
    return true;
  }

  bool new_key() noexcept {
    const char* begin = at_ + 1;
    if (!string()) return false;
    const std::string_view text(begin, static_cast<std::size_t>(at_ - 1 - begin));
    const JsonKey key{.text = text, .escaped = text.contains('\\')};
    const FieldSet field = field_of(key);
    object_.has |= field;
    return seen_->add(key, field);
  }

  [[gnu::always_inline]] bool scalar() noexcept {
    switch (*at_) {
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool word(std::string_view name) noexcept {
    if (!std::string_view(at_, end_).starts_with(name)) return false;
    at_ += name.size();
    return true;
  }

  bool digits() noexcept {
    const char* begin = at_;
    while (is_digit(*at_)) ++at_;
    return at_ != begin;
  }

  bool number() noexcept {
    if (*at_ == '-') ++at_;
    if (*at_ == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (*at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (*at_ == 'e' || *at_ == 'E') {
      ++at_;
      if (*at_ == '+' || *at_ == '-') ++at_;
      if (!digits()) return false;
    }
    return true;
  }

  // From the opening quote to behind the closing one.
  [[gnu::always_inline]] bool string() noexcept {
    const char* at = scan_.next(at_ + 1);
    while (*at == '\\') {
      at = skip_escape(at, end_);
      if (at == nullptr) return false;
      at = scan_.next(at);
    }
    at_ = at + 1;
    return *at == '"';
  }

  const char* at_;
  const char* end_;
  JsonScan scan_;
  JsonObjectKeys* seen_;
  JsonObject object_;
  int depth_ = 0;
  std::uint64_t objects_ = 0;  // the innermost container in the lowest bit; 1 is an object
};

}  // namespace

bool may_be_json_object(std::string_view bytes) noexcept {
  std::size_t i = 0;
  while (i < bytes.size() && is_json_space(bytes[i]) && bytes[i] != '\n') ++i;
  return i < bytes.size() && bytes[i] == '{';
}

std::optional<JsonObject> read_json_object(std::string_view line, JsonObjectKeys& seen) noexcept {
  const std::string_view text = trimmed(line);
  if (!text.starts_with('{') || !text.ends_with('}')) return std::nullopt;
  return Reader(text, &seen).read();
}

std::optional<std::string_view> find_json_object(std::string_view line) noexcept {
  const std::string_view text = trimmed(line);
  if (!text.starts_with('{') || !text.ends_with('}')) return std::nullopt;
  if (!Reader(text, nullptr).read()) return std::nullopt;
  return text;
}

}  // namespace pmx
