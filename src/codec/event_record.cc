#include "codec/event_record.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "codec/json_string.h"
#include "codec/time_text.h"

namespace pmx {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warn", "error"};
constexpr std::string_view kEnd = "\"}\n";

// Appends to a fixed space; once something did not fit, nothing more is written.
class Writer {
 public:
  explicit Writer(std::span<char> out) noexcept : out_(out) {}

  Writer& operator<<(std::string_view text) noexcept {
    if (text.size() > out_.size() - size_) overflowed_ = true;
    if (!overflowed_)
      size_ = static_cast<std::size_t>(
          std::ranges::copy(text, out_.begin() + static_cast<std::ptrdiff_t>(size_)).out -
          out_.begin());
    return *this;
  }
  Writer& operator<<(std::int64_t number) noexcept {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return *this << std::string_view{digits.data(), end};
  }
  // As much of it as leaves `reserve` bytes.
  Writer& escaped(std::string_view text, std::size_t reserve) noexcept {
    if (overflowed_ || out_.size() - size_ < reserve) {
      overflowed_ = true;
      return *this;
    }
    const auto room = out_.subspan(size_, out_.size() - size_ - reserve);
    size_ += escape_json(text, room).written;
    return *this;
  }
  [[nodiscard]] std::size_t size() const noexcept { return overflowed_ ? 0 : size_; }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

void write_value(Writer& out, const EventField& field) noexcept {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    out << *number;
  } else if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    (out << "\"").escaped(*text, kEnd.size()) << "\"";
  } else {
    out << "null";
  }
}

}  // namespace

std::string_view name(Level level) noexcept { return kLevelNames[static_cast<std::size_t>(level)]; }

std::size_t write_json_event(const EventRecord& record, const OutputPolicy& policy,
                             std::span<char> out) noexcept {
  TimeText time;
  time.set(record.time);
  Writer line(out.first(std::min(out.size(), policy.max_record + 1)));
  line << R"({"time":")" << time.text() << R"(","level":")" << name(record.level) << "\"";
  if (record.subject) {
    (line << R"(,"app":")").escaped(record.subject->app, kEnd.size())
        << R"(","instance":)" << std::int64_t{record.subject->instance};
    if (record.subject->pid)
      line << R"(,"pid":)" << std::int64_t{static_cast<int>(*record.subject->pid)};
  }
  line << R"(,"event":")" << record.event << "\"";
  for (const EventField& field : record.fields) {
    line << ",\"" << field.name << "\":";
    write_value(line, field);
  }
  (line << R"(,"msg":")").escaped(record.message, kEnd.size()) << kEnd;
  return line.size();
}

std::size_t write_text_event(const EventRecord& record, std::string_view speaker,
                             std::span<char> out) noexcept {
  Writer line(out);
  if (record.subject) {
    line << record.subject->app << "[" << std::int64_t{record.subject->instance} << "] | ";
  } else {
    line << speaker << " | ";
  }
  line << record.message << "\n";
  return line.size();
}

}  // namespace pmx
