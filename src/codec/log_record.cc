#include "codec/log_record.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/simd.h"
#include "codec/mapped_object.h"
#include "codec/record_writer.h"

namespace pmx {
namespace {

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

std::size_t LogRecord::Rendered::copy(std::span<char> out) const noexcept {
  if (out.size() < size) return 0;
  if (out.size() >= size + simd::kWidth && kCapacity >= size + simd::kWidth) {
    simd::copy_over(out.data(), bytes.data(), size);
  } else {
    std::memcpy(out.data(), bytes.data(), size);
  }
  return size;
}

LogRecord::LogRecord(const Origin& origin, const OutputPolicy& policy) noexcept
    : schema_(schema_of(policy.schema)), is_mapped_(policy.schema != LogSchema::pmx) {
  render_head(origin,
              origin.stream == Stream::standard_error ? policy.level_stderr : policy.level_stdout);
  render_prefix(origin, policy.colour);
}

void LogRecord::render_head(const Origin& origin, Level level) noexcept {
  const RecordFacts facts{.time = time_.text(),
                          .severity = severity_of(level),
                          .app = origin.app.substr(0, kLongestAppName),
                          .instance = origin.instance,
                          .id = origin.id,
                          .pid = Pid{std::max(0, static_cast<int>(origin.pid))},
                          .stream = origin.stream};
  RecordWriter head(head_.bytes);
  for (std::size_t i = 0; i < schema_.fields.size(); ++i) {
    if (!is_there(schema_.fields[i], facts)) continue;
    head << (i == 0 ? "{" : ",");
    fields_[i].begin = head.size();
    write_field(head, schema_, schema_.fields[i], facts);
    fields_[i].size = head.size() - fields_[i].begin;
    if (schema_.fields[i].key == schema_.time) {
      time_at_ = head.size() - 1 - facts.time.size();
    }
  }
  const std::size_t before_text = head.size();
  head << ",\"" << schema_.text << "\":\"";
  head_.size = head.size();
  before_text_ = head_.size - before_text;
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
  std::ranges::copy(time_.text(), head_.bytes.data() + time_at_);
  tail_.size = 0;
}

std::size_t LogRecord::write_head(std::span<char> out) const noexcept { return head_.copy(out); }

std::size_t LogRecord::write_head(const Partial& partial, std::span<char> out) const noexcept {
  const std::size_t before_text = head_.size - before_text_;
  Rendered head;
  head.add(head_.text().substr(0, before_text));
  head.add(",\"partial\":{\"id\":");
  head.add_number(partial.id);
  head.add(",\"seq\":");
  head.add_number(partial.seq);
  head.add(partial.last ? ",\"last\":true}" : ",\"last\":false}");
  head.add(head_.text().substr(before_text));
  return head.copy(out);
}

void LogRecord::render_tail(FieldSet has, bool is_empty) noexcept {
  tail_.size = 0;
  bool comma = !is_empty;
  for (std::size_t i = 0; i < schema_.fields.size(); ++i) {
    if ((has >> i & 1) != 0 || fields_[i].size == 0) continue;
    if (comma) tail_.add(",");
    tail_.add(head_.text().substr(fields_[i].begin, fields_[i].size));
    comma = true;
  }
  tail_.add("}\n");
  tail_has_ = has;
  tail_is_for_empty_ = is_empty;
}

std::size_t LogRecord::write_merged(const JsonObject& object, std::span<char> out) noexcept {
  if (is_mapped_) return write_mapped(object, out);
  if (tail_.size == 0 || tail_has_ != object.has || tail_is_for_empty_ != object.empty) {
    render_tail(object.has, object.empty);
  }
  const std::string_view own = object.text.substr(0, object.text.size() - 1);
  if (own.size() + tail_.size > out.size()) return 0;
  simd::copy(out.data(), own.data(), own.size());
  return own.size() + tail_.copy(out.subspan(own.size()));
}

std::size_t LogRecord::write_mapped(const JsonObject& object, std::span<char> out) noexcept {
  const MappedObject mapped(object.text, schema_);
  render_tail(mapped.has(), object.empty);
  const std::size_t own = mapped.write(out);
  if (own == 0 || own + tail_.size > out.size()) return 0;
  return own + tail_.copy(out.subspan(own));
}

}  // namespace pmx
