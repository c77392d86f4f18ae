#include "runtime/output_pump.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "os/clock.h"
#include "os/pipe.h"

namespace pmx::runtime {
OutputPump::OutputPump(std::size_t instances, std::size_t largest_record, LogSink& sink,
                       os::Poller& poller)
    : sink_(sink),
      poller_(poller),
      most_carried_(
          RecordStream::most_unconsumed({.max_record = largest_record, .strip_ansi = true})),
      largest_record_(largest_record),
      read_at_((most_carried_ + os::kPage - 1) / os::kPage * os::kPage),
      buffer_(largest_record == 0 ? 0 : read_at_ + kReadSize),
      nowhere_(largest_record_),
      key_table_(largest_record == 0
                     ? 0
                     : JsonObjectKeys::slots_for(largest_record) * sizeof(JsonObjectKeys::Slot)),
      keys_({reinterpret_cast<JsonObjectKeys::Slot*>(key_table_.get()),
             key_table_.size() / sizeof(JsonObjectKeys::Slot)}) {
  make_room(instances);
}

void OutputPump::pump(Instant now) noexcept {
  const Source* const filled = unfinished_.source;
  if (filled == nullptr) {
    serve_unwatched(0, now);
  } else if (const auto next = static_cast<std::size_t>(filled - sources_.data()) + 1;
             finish(now)) {
    serve_unwatched(next, now);
  }

  poller_.each(os::Token::Kind::child_output, [&](os::Token token) {
    Source& source = sources_[token.slot];
    if (token.generation != source.generation || !source.fd) return;
    if (unfinished_.source == nullptr) {
      static_cast<void>(read(source, kReadSize, now));
      return;
    }
    unwatch(source);
  });

  for (Source& source : sources_) {
    const bool is_due = source.release_at && *source.release_at <= now;
    if (is_due && unfinished_.source == nullptr) encode_carried(source, false, now);
  }
}

std::optional<Instant> OutputPump::deadline() const noexcept {
  if (unfinished_.source != nullptr) return std::nullopt;
  std::optional<Instant> earliest = look_again_at_;
  for (const Source& source : sources_) earliest = earlier(earliest, source.release_at);
  return earliest;
}

std::uint64_t OutputPump::take_dropped() noexcept { return std::exchange(dropped_, 0); }

// Counted by its lines. True when the last one has no newline: it counts if nothing follows.
bool OutputPump::drop(std::string_view bytes) noexcept {
  dropped_ += static_cast<std::uint64_t>(std::ranges::count(bytes, '\n'));
  return !bytes.empty() && bytes.back() != '\n';
}

// What was read from its pipe, which others have got then who keep it too. Nothing when there is
// nothing now, or they have no room.
std::optional<std::size_t> OutputPump::take(Source& source, std::span<char> room,
                                            Instant now) noexcept {
  if (has_files(source)) {
    room =
        room.first(files_->pass(source.instance, source.stream, source.fd.get(), room.size(), now));
    if (room.empty()) {
      source.waits_for_files = true;
      unwatch(source);
      return std::nullopt;
    }
  }
  const auto size = os::read_available(source.fd.get(), room);
  if (!size) return std::nullopt;
  const std::string_view bytes(room.data(), *size);
  if (has_files(source)) files_->passed(source.instance, source.stream, bytes);
  const bool may_be_last_words = source.stream == Stream::standard_error && is_of_instance(source);
  if (termination_ != nullptr && may_be_last_words) {
    termination_->keep_stderr(source.instance, bytes);
  }
  source.to_drain -= std::min(source.to_drain, *size);
  return *size;
}

OutputPump::Reading OutputPump::read(Source& source, std::size_t limit, Instant now) noexcept {
  const std::size_t begin = read_at_ - source.carried;
  std::memcpy(buffer_.get() + begin, source.carry.get(), source.carried);
  const auto size = take(source, {buffer_.get() + read_at_, limit}, now);
  if (!size) return source.waits_for_files ? Reading::no_room : Reading::nothing_now;
  // What has been held gets no more time for a part of a line.
  const bool brings_line =
      !source.release_at || std::memchr(buffer_.get() + read_at_, '\n', *size) != nullptr;
  unfinished_ = {.source = &source,
                 .begin = begin,
                 .end = read_at_ + *size,
                 .time = os::wall_now(),
                 .ended = *size == 0,
                 .release = false,
                 .brings_line = brings_line};
  source.carried = 0;
  return finish(now) ? Reading::something : Reading::no_room;
}

void OutputPump::encode_carried(Source& source, bool ended, Instant now) noexcept {
  std::memcpy(buffer_.get(), source.carry.get(), source.carried);
  unfinished_ = {.source = &source,
                 .begin = 0,
                 .end = std::exchange(source.carried, 0),
                 .time = os::wall_now(),
                 .ended = ended,
                 .release = true,
                 .brings_line = false};
  static_cast<void>(finish(now));
}

// Encodes what is in the buffer. False when the sink has no room for it.
bool OutputPump::finish(Instant now) noexcept {
  Unfinished& work = unfinished_;
  Source& source = *work.source;
  while (work.begin != work.end) {
    const std::span<char> out = room(source, now);
    if (out.empty()) return false;
    const RecordStream::Input input{
        {buffer_.get() + work.begin, work.end - work.begin}, work.time, work.ended, work.release};
    const auto progress = source.records->encode(input, out);
    work.begin += progress.consumed;
    if (out.data() == nowhere_.get()) {
      dropped_ += progress.records;
    } else {
      if (recent_ != nullptr && !source.is_nobodys) {
        recent_->keep(source.instance, source.stream, {out.data(), progress.written});
      }
      sink_.commit(progress.written);
    }
    if (progress.consumed == 0 && progress.written == 0) break;
  }
  source.carried = work.end - work.begin;
  std::memcpy(source.carry.get(), buffer_.get() + work.begin, source.carried);
  if (!source.records->is_holding()) {
    source.release_at.reset();
  } else if (work.brings_line || !source.release_at) {
    source.release_at = now + kBlockPatience;
  }
  const bool is_at_end = work.ended && !work.release;
  unfinished_ = {};
  if (is_at_end) close(source);
  return true;
}

// True when everything that waited at begin_drain(), and a last line without its newline, is done.
bool OutputPump::drain(Source& source, Instant now) noexcept {
  if (!source.is_draining) return true;
  while (source.to_drain > 0) {
    if (unfinished_.source != nullptr) return false;
    const Reading reading = read(source, std::min(source.to_drain, kReadSize), now);
    if (reading == Reading::no_room) return false;
    if (reading == Reading::nothing_now) source.to_drain = 0;
  }
  if (unfinished_.source == nullptr && source.carried > 0) encode_carried(source, true, now);
  if (unfinished_.source != nullptr) return false;
  source.is_draining = false;
  end_line_in_files(source);
  return true;
}

std::span<char> OutputPump::room(const Source& source, Instant now) noexcept {
  std::span<char> out = sink_.room();
  if (!out.empty()) return out;
  sink_.flush(now);
  out = sink_.room();
  if (out.empty() && source.on_full == OnFull::drop) return {nowhere_.get(), largest_record_};
  return out;
}

}  // namespace pmx::runtime
