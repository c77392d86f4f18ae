#include "codec/log_record.h"

#include <algorithm>
#include <cstring>

#include "base/fixed_text.h"
#include "base/simd.h"
#include "codec/mapped_object.h"
#include "codec/record_writer.h"

namespace pmx {
namespace {

// Colours that can be read on black and on white; which one is decided by the name alone.
constexpr std::array<std::string_view, 6> kColours = {"\x1b[32m", "\x1b[33m", "\x1b[34m",
                                                      "\x1b[35m", "\x1b[36m", "\x1b[31m"};
constexpr std::string_view kNoColour = "\x1b[0m";

// More than all fields take, the longest name escaped.
constexpr std::size_t kLongestHead = 1'024;
// Colours, brackets and a number beside the name.
constexpr std::size_t kLongestAround = 40;

std::string_view colour_of(const Origin& origin) noexcept {
  unsigned sum = origin.instance;
  for (const char byte : origin.app) sum = sum * 31 + static_cast<unsigned char>(byte);
  return kColours[sum % kColours.size()];
}

}  // namespace

void LogRecord::Rendered::add(std::string_view text) noexcept {
  const std::size_t fits = std::min(text.size(), bytes_.size() - size_);
  std::memcpy(bytes_.data() + size_, text.data(), fits);
  size_ += fits;
}

std::size_t LogRecord::Rendered::copy(std::span<char> out) const noexcept {
  if (out.size() < size_) return 0;
  if (out.size() >= size_ + simd::kWidth && bytes_.size() >= size_ + simd::kWidth) {
    simd::copy_over(out.data(), bytes_.data(), size_);
  } else {
    std::memcpy(out.data(), bytes_.data(), size_);
  }
  return size_;
}

LogRecord::LogRecord(const Origin& origin, const OutputPolicy& policy)
    : schema_(schema_of(policy.schema)), is_mapped_(policy.schema != LogSchema::pmx) {
  render_head(origin,
              origin.stream == Stream::standard_error ? policy.level_stderr : policy.level_stdout);
  if (policy.format == LogFormat::text) render_prefix(origin, policy.colour);
}

void LogRecord::render_head(const Origin& origin, Level level) {
  const RecordFacts facts{.time = time_.text(),
                          .severity = severity_of(level),
                          .app = origin.app.substr(0, kLongestAppName),
                          .instance = origin.instance,
                          .id = origin.id,
                          .pid = Pid{std::max(0, static_cast<int>(origin.pid))},
                          .stream = origin.stream};
  std::array<char, kLongestHead> room;
  RecordWriter head(room);
  for (std::size_t i = 0; i < schema_.fields.size(); ++i) {
    if (!is_there(schema_.fields[i], facts)) continue;
    head << (i == 0 ? "{" : ",");
    fields_[i].begin = static_cast<std::uint16_t>(head.size());
    write_field(head, schema_, schema_.fields[i], facts);
    fields_[i].size = static_cast<std::uint16_t>(head.size() - fields_[i].begin);
    if (schema_.fields[i].key == schema_.time) {
      time_at_ = head.size() - 1 - facts.time.size();
    }
  }
  const std::size_t before_text = head.size();
  head << ",\"" << schema_.text << "\":\"";
  before_text_ = head.size() - before_text;
  head_ = Rendered(head.size());
  head_.add({room.data(), head.size()});
  tail_ = Rendered(head.size());
}

void LogRecord::render_prefix(const Origin& origin, bool colour) {
  prefix_ = Rendered(kLongestAppName + kLongestAround);
  if (colour) prefix_.add(colour_of(origin));
  prefix_.add(origin.app.substr(0, kLongestAppName));
  prefix_.add("[");
  prefix_.add(FixedText<12>(origin.instance).text());
  prefix_.add("]");
  if (colour) prefix_.add(kNoColour);
  prefix_.add(" | ");
}

void LogRecord::set_time(WallTime time) noexcept {
  if (time == time_.time()) return;
  time_.set(time);
  std::ranges::copy(time_.text(), head_.data() + time_at_);
  tail_.clear();
}

std::size_t LogRecord::write_head(std::span<char> out) const noexcept { return head_.copy(out); }

std::size_t LogRecord::write_head(const Partial& partial, std::span<char> out) const noexcept {
  const FixedText<96> piece(",\"partial\":{\"id\":", partial.id, ",\"seq\":", partial.seq,
                            partial.last ? ",\"last\":true}" : ",\"last\":false}");
  const std::string_view head = head_.text();
  if (out.size() < head.size() + piece.text().size()) return 0;
  const std::size_t before_text = head.size() - before_text_;
  char* to = std::ranges::copy(head.substr(0, before_text), out.data()).out;
  to = std::ranges::copy(piece.text(), to).out;
  std::ranges::copy(head.substr(before_text), to);
  return head.size() + piece.text().size();
}

void LogRecord::render_tail(FieldSet has, bool is_empty) noexcept {
  tail_.clear();
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
  if (tail_.is_empty() || tail_has_ != object.has || tail_is_for_empty_ != object.empty) {
    render_tail(object.has, object.empty);
  }
  const std::string_view own = object.text.substr(0, object.text.size() - 1);
  if (own.size() + tail_.size() > out.size()) return 0;
  simd::copy(out.data(), own.data(), own.size());
  return own.size() + tail_.copy(out.subspan(own.size()));
}

std::size_t LogRecord::write_mapped(const JsonObject& object, std::span<char> out) noexcept {
  const MappedObject mapped(object.text, schema_);
  render_tail(mapped.has(), object.empty);
  const std::size_t own = mapped.write(out);
  if (own == 0 || own + tail_.size() > out.size()) return 0;
  return own + tail_.copy(out.subspan(own));
}

}  // namespace pmx
