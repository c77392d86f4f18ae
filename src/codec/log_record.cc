#include "codec/log_record.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/simd.h"
#include "codec/json_string.h"

namespace pmx {
namespace {

constexpr std::string_view kBeforeTime = "{\"time\":\"";
constexpr std::string_view kBeforeText = ",\"msg\":\"";

// Colours that can be read on black and on white; which one is decided by the name alone.
constexpr std::array<std::string_view, 6> kColours = {"\x1b[32m", "\x1b[33m", "\x1b[34m",
                                                      "\x1b[35m", "\x1b[36m", "\x1b[31m"};
constexpr std::string_view kNoColour = "\x1b[0m";

std::string_view colour_of(const Origin& origin) noexcept {
  unsigned sum = origin.instance;
  for (const char byte : origin.app) sum = sum * 31 + static_cast<unsigned char>(byte);
  return kColours[sum % kColours.size()];
}

}  // namespace

void LogRecord::Rendered::add(std::string_view text) noexcept {
  const std::size_t fits = std::min(text.size(), kCapacity - size);
  std::memcpy(bytes.data() + size, text.data(), fits);
  size += fits;
}

void LogRecord::Rendered::add_number(std::uint64_t number) noexcept {
  size = static_cast<std::size_t>(
      std::to_chars(bytes.data() + size, bytes.data() + kCapacity, number).ptr - bytes.data());
}

void LogRecord::Rendered::add_name(std::string_view name) noexcept {
  size += escape_json(name.substr(0, kLongestAppName), std::span(bytes).subspan(size)).written;
}

std::size_t LogRecord::Rendered::copy(std::span<char> out) const noexcept {
  if (out.size() < size) return 0;
  if (out.size() >= size + simd::kWidth && kCapacity >= size + simd::kWidth) {
    simd::copy_over(out.data(), bytes.data(), size);
  } else {
    std::memcpy(out.data(), bytes.data(), size);
  }
  return size;
}

LogRecord::LogRecord(const Origin& origin, bool colour) noexcept {
  render_head(origin);
  render_prefix(origin, colour);
}

void LogRecord::render_head(const Origin& origin) noexcept {
  const bool is_error = origin.stream == Stream::standard_error;
  std::size_t field = 0;
  const auto begin_field = [this, &field](std::string_view name) {
    if (field > 0) {
      fields_[field - 1].size = head_.size - fields_[field - 1].begin;
      head_.add(",");
    } else {
      head_.add("{");
    }
    if (field < kRecordFields) fields_[field].begin = head_.size;
    ++field;
    head_.add(name);
  };
  begin_field("\"time\":\"");
  head_.add(time_.text());
  head_.add("\"");
  begin_field("\"level\":");
  head_.add(is_error ? "\"error\"" : "\"info\"");
  begin_field("\"app\":\"");
  head_.add_name(origin.app);
  head_.add("\"");
  begin_field("\"instance\":");
  head_.add_number(origin.instance);
  begin_field("\"pid\":");
  head_.add_number(static_cast<std::uint64_t>(std::max(0, static_cast<int>(origin.pid))));
  begin_field("\"stream\":");
  head_.add(is_error ? "\"stderr\"" : "\"stdout\"");
  begin_field("\"msg\":\"");
}

void LogRecord::render_prefix(const Origin& origin, bool colour) noexcept {
  if (colour) prefix_.add(colour_of(origin));
  prefix_.add(origin.app.substr(0, kLongestAppName));
  prefix_.add("[");
  prefix_.add_number(origin.instance);
  prefix_.add("]");
  if (colour) prefix_.add(kNoColour);
  prefix_.add(" | ");
}

void LogRecord::set_time(WallTime time) noexcept {
  if (time == time_.time()) return;
  time_.set(time);
  std::ranges::copy(time_.text(), head_.bytes.begin() + kBeforeTime.size());
  tail_.size = 0;
}

std::size_t LogRecord::write_head(std::span<char> out) const noexcept { return head_.copy(out); }

std::size_t LogRecord::write_head(const Partial& partial, std::span<char> out) const noexcept {
  Rendered head;
  head.add(head_.text().substr(0, head_.size - kBeforeText.size()));
  head.add(",\"partial\":{\"id\":");
  head.add_number(partial.id);
  head.add(",\"seq\":");
  head.add_number(partial.seq);
  head.add(partial.last ? ",\"last\":true}" : ",\"last\":false}");
  head.add(kBeforeText);
  return head.copy(out);
}

void LogRecord::render_tail(const JsonObject& object) noexcept {
  tail_.size = 0;
  bool comma = !object.empty;
  for (std::size_t i = 0; i < kRecordFields; ++i) {
    if ((object.has & only(static_cast<RecordField>(i))) != 0) continue;
    if (comma) tail_.add(",");
    tail_.add(head_.text().substr(fields_[i].begin, fields_[i].size));
    comma = true;
  }
  tail_.add("}\n");
  tail_has_ = object.has;
  tail_is_for_empty_ = object.empty;
}

std::size_t LogRecord::write_merged(const JsonObject& object, std::span<char> out) noexcept {
  if (tail_.size == 0 || tail_has_ != object.has || tail_is_for_empty_ != object.empty) {
    render_tail(object);
  }
  const std::string_view own = object.text.substr(0, object.text.size() - 1);
  if (own.size() + tail_.size > out.size()) return 0;
  simd::copy(out.data(), own.data(), own.size());
  return own.size() + tail_.copy(out.subspan(own.size()));
}

}  // namespace pmx
