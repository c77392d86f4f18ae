#include "codec/record_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "codec/ansi.h"

namespace pmx {
namespace {

// The line end, and a character that begins with the last byte of a record.
constexpr std::size_t kBehindRecord = 8;

std::size_t window_for(const OutputPolicy& policy) noexcept {
  return policy.max_record + kBehindRecord + (policy.strip_ansi ? kLongestSequence : 0);
}

// The first `size` bytes of what is to be written; they may be fewer.
std::span<char> at_most(std::span<char> out, std::size_t size) noexcept {
  return out.first(std::min(out.size(), size));
}

std::size_t add(std::string_view text, std::span<char> out, std::size_t at) noexcept {
  std::memcpy(out.data() + at, text.data(), text.size());
  return at + text.size();
}

constexpr std::string_view kJoint = "\\n";

}  // namespace

RecordStream::RecordStream(const Origin& origin, const OutputPolicy& policy, JsonObjectKeys& keys)
    : format_(policy.format),
      json_lines_(policy.json_lines),
      multiline_(origin.stream == Stream::standard_error ? policy.multiline_stderr
                                                         : policy.multiline_stdout),
      max_record_(policy.max_record),
      window_(window_for(policy)),
      text_{.json = policy.format == LogFormat::json, .strip_ansi = policy.strip_ansi},
      in_one_pass_(text_.json && !text_.strip_ansi && multiline_ == Multiline::off),
      record_(origin, policy),
      keys_(keys) {}

std::size_t RecordStream::most_unconsumed(const OutputPolicy& policy) noexcept {
  return window_for(policy);
}

RecordStream::Progress RecordStream::encode(const Input& input, std::span<char> out) noexcept {
  Progress done;
  holding_ = 0;
  Input rest = input;
  while (!rest.bytes.empty()) {
    record_.set_time(held_.time_at(done.consumed, input.now));
    const Step step = next_record(rest, out.subspan(done.written));
    if (step.consumed == 0) break;
    rest.bytes.remove_prefix(step.consumed);
    decided_ -= std::min(decided_, step.consumed);
    done.consumed += step.consumed;
    done.written += step.written;
    ++done.records;
  }
  held_.consume(done.consumed);
  if (holding_ > 0) held_.hold(holding_, input.now);
  return done;
}

void RecordStream::begin_anew() noexcept {
  long_line_.next = {};
  decided_ = 0;
  growing_.reset();
  holding_ = 0;
  held_ = {};
  is_begun_ = false;
}

// The line at the front. Only where it is certain that it is too long is it less than the line.
LineScan RecordStream::scan(std::string_view bytes, bool ended) const noexcept {
  LineScan line = scan_line(bytes.substr(0, window_));
  if (!line.complete && ended && bytes.size() <= window_) line.complete = true;
  return line;
}

bool RecordStream::is_whole_record_room(std::span<char> out) const noexcept {
  return out.size() > max_record_;
}

RecordStream::Step RecordStream::next_record(const Input& input, std::span<char> out) noexcept {
  const bool in_long_line = long_line_.next.id > 0;
  if (decided_ > 0 && !in_long_line) {
    const std::string_view lines = input.bytes.substr(0, decided_);
    return write_lines(scan_line(lines), lines, out);
  }
  // A line that comes in many reads must not be written in vain at each of them.
  if (!std::exchange(is_begun_, false) && in_one_pass_ && !in_long_line) {
    if (const Step line = write_line(input.bytes, out); line.consumed > 0) return line;
  }
  const LineScan line = scan(input.bytes, input.ended);
  if (!line.complete && line.size < window_) {
    is_begun_ = true;
    return {};
  }
  if (format_ == LogFormat::text) return write_text(line, out);
  if (in_long_line) return write_piece(line, out);
  if (!line.complete) return begin_long_line(line, out);
  const bool may_merge = json_lines_ == JsonLines::merge && line.text.size() <= max_record_ &&
                         may_be_json_object(line.text);
  if (may_merge) {
    if (const auto object = read_json_object(line.text, keys_)) {
      return write_object(line, *object, out);
    }
  }
  if (multiline_ != Multiline::off) return write_block(input, line, out);
  return write_lines(line, input.bytes.substr(0, line.size), out);
}

RecordStream::Step RecordStream::write_line(std::string_view bytes, std::span<char> out) noexcept {
  const bool may_merge =
      json_lines_ == JsonLines::merge && may_be_json_object(bytes.substr(0, window_));
  if (may_merge) return {};
  const std::span<char> room = at_most(out, max_record_ + 1);
  const std::size_t head = record_.write_head(room);
  if (head == 0 || room.size() < head + LogRecord::kEnd.size()) return {};
  const auto line =
      escape_json_line(bytes, room.subspan(head, room.size() - head - LogRecord::kEnd.size()));
  if (!line) return {};
  return {line->consumed, add(LogRecord::kEnd, out, head + line->written)};
}

RecordStream::Step RecordStream::write_object(const LineScan& line, const JsonObject& object,
                                              std::span<char> out) noexcept {
  growing_.reset();
  const std::size_t size = record_.write_merged(object, at_most(out, max_record_ + 1));
  if (size > 0) return {line.size, size};
  if (!is_whole_record_room(out)) return {};
  return begin_long_line(line, out);
}

// The lines that belong to the first, as far as they are there. Nothing is remembered of those that
// wait but how many bytes they are: they are looked at again when there are more.
RecordStream::Step RecordStream::write_block(const Input& input, const LineScan& first,
                                             std::span<char> out) noexcept {
  using enum Block::Verdict;
  std::optional<Block> block = growing_;
  Block::Verdict verdict = block ? block->next(first.text) : foreign;
  if (verdict == foreign) {
    growing_.reset();
    block = Block::begun_by(first.text, multiline_);
    if (!block) return write_lines(first, input.bytes.substr(0, first.size), out);
    verdict = joins;
  }
  std::size_t size = first.size;
  bool too_long = false;
  while (verdict == joins) {
    const std::string_view rest = input.bytes.substr(size);
    const LineScan line = scan(rest, input.ended);
    too_long = size + line.size > max_record_;
    if (too_long) break;
    if (rest.empty() || !line.complete) {
      const bool is_message = !held_.is_full() || block->is_formed();
      if (input.release || input.ended || !is_message) break;
      holding_ = size;
      return {};
    }
    verdict = block->next(line.text);
    if (verdict != foreign) size += line.size;
  }
  // What only looked like a block is looked at again from its second line on.
  const bool formed = block->is_formed();
  decided_ = formed ? size : first.size;
  growing_ = formed && too_long ? block : std::nullopt;
  return write_lines(first, input.bytes.substr(0, decided_), out);
}

RecordStream::Step RecordStream::write_lines(const LineScan& first, std::string_view lines,
                                             std::span<char> out) noexcept {
  const std::span<char> room = at_most(out, max_record_ + 1);
  std::size_t size = record_.write_head(room);
  if (size == 0 || room.size() < size + LogRecord::kEnd.size()) return {};
  const std::span<char> text = room.first(room.size() - LogRecord::kEnd.size());
  std::size_t consumed = 0;
  for (LineScan line = first; consumed < lines.size(); line = scan_line(lines.substr(consumed))) {
    std::size_t at = size;
    if (consumed > 0) {
      if (text.size() < at + kJoint.size()) break;
      at = add(kJoint, text, at);
    }
    const Taken taken = text_.write(line.text, max_record_, text.subspan(at));
    if (taken.consumed < line.text.size()) break;
    consumed += line.size;
    size = at + taken.written;
  }
  if (consumed < lines.size() && !is_whole_record_room(out)) return {};
  if (consumed == 0) return begin_long_line(first, out);
  return {consumed, add(LogRecord::kEnd, out, size)};
}

RecordStream::Step RecordStream::begin_long_line(const LineScan& line,
                                                 std::span<char> out) noexcept {
  if (!is_whole_record_room(out)) return {};
  long_line_.next = {.id = ++long_line_.count};
  return write_piece(line, out);
}

// The last piece is known by what remains of the line fitting into it: it is never empty.
RecordStream::Step RecordStream::write_piece(const LineScan& line, std::span<char> out) noexcept {
  const std::span<char> room = at_most(out, max_record_ + 1);
  Partial& piece = long_line_.next;
  for (const bool last : {true, false}) {
    if (last ? !line.complete : !is_whole_record_room(out)) continue;
    piece.last = last;
    const std::size_t head = record_.write_head(piece, room);
    if (head == 0 || room.size() < head + LogRecord::kEnd.size()) return {};
    const Taken taken = text_.write(
        line.text, max_record_, room.subspan(head, room.size() - head - LogRecord::kEnd.size()));
    if (last && taken.consumed < line.text.size()) continue;
    ++piece.seq;
    if (last) piece.id = 0;
    return {last ? line.size : taken.consumed, add(LogRecord::kEnd, out, head + taken.written)};
  }
  return {};
}

RecordStream::Step RecordStream::write_text(const LineScan& line, std::span<char> out) noexcept {
  const std::span<char> room = at_most(out, max_record_ + 1);
  const std::string_view prefix = record_.prefix();
  if (room.size() < prefix.size() + 1) return {};
  const std::size_t head = add(prefix, room, 0);
  const Taken taken =
      text_.write(line.text, max_record_, room.subspan(head, room.size() - head - 1));
  const bool whole = line.complete && taken.consumed == line.text.size();
  if (!whole && !is_whole_record_room(out)) return {};
  return {whole ? line.size : taken.consumed, add("\n", out, head + taken.written)};
}

}  // namespace pmx
