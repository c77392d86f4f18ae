#include "runtime/output_pump.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "os/clock.h"
#include "os/pipe.h"

namespace pmx::runtime {
namespace {

// One read. Each wakes a writer that waits, which on a virtual machine may cost as much as copying
// 100 kB; so it takes the half of the largest pipe at once, and the writer fills that meanwhile.
constexpr std::size_t kReadSize = os::kLargestPipe / 2;
// How long a stream waits that epoll had no memory to watch.
constexpr Duration kLookAgain{50};

}  // namespace

OutputPump::OutputPump(std::size_t instances, std::size_t largest_record, LogSink& sink,
                       os::Poller& poller)
    : sink_(sink),
      poller_(poller),
      sources_(instances * 2),
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
             key_table_.size() / sizeof(JsonObjectKeys::Slot)}) {}

void OutputPump::make_room(std::size_t instances) {
  const auto at = unfinished_.source == nullptr ? 0 : unfinished_.source - sources_.data();
  sources_.resize(instances * 2);
  if (unfinished_.source != nullptr) unfinished_.source = sources_.data() + at;
}

void OutputPump::open(InstanceId instance, Origin origin, const OutputPolicy& policy,
                      os::UniqueFd out, os::UniqueFd err) {
  const auto index = static_cast<unsigned>(instance);
  origin.stream = Stream::standard_output;
  open(sources_[index * 2], index * 2, std::move(out), origin, policy);
  origin.stream = Stream::standard_error;
  open(sources_[index * 2 + 1], index * 2 + 1, std::move(err), origin, policy);
}

void OutputPump::open(Source& source, std::size_t slot, os::UniqueFd fd, const Origin& origin,
                      const OutputPolicy& policy) {
  close(source);
  if (!fd) return;
  source.fd = std::move(fd);
  source.records = std::make_unique<RecordStream>(origin, policy, keys_);
  source.carry = os::PageBuffer(most_carried_);
  source.on_full = policy.on_full;
  watch(source, slot);
  if (!source.is_watched) look_again_at_ = Instant{};
}

void OutputPump::pump(Instant now) noexcept {
  const bool was_full = unfinished_.source != nullptr;
  if (!was_full || finish(now)) {
    if (was_full) prolong_patience(now);
    look_at_unwatched(now);
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

void OutputPump::begin_drain(InstanceId instance) noexcept {
  for (unsigned stream = 0; stream < 2; ++stream) {
    Source& source = sources_[static_cast<unsigned>(instance) * 2 + stream];
    if (!source.fd) continue;
    source.to_drain = os::bytes_waiting(source.fd.get());
    source.is_draining = true;
  }
}

bool OutputPump::drain(InstanceId instance, Instant now) noexcept {
  const unsigned first = static_cast<unsigned>(instance) * 2;
  return drain(sources_[first], now) && drain(sources_[first + 1], now);
}

bool OutputPump::waits_to_drain(InstanceId instance) const noexcept {
  const unsigned first = static_cast<unsigned>(instance) * 2;
  const Source& next = sources_[sources_[first].is_draining ? first : first + 1];
  return next.is_draining && !next.waits_for_files;
}

bool OutputPump::discard(InstanceId instance, Instant now) noexcept {
  const unsigned first = static_cast<unsigned>(instance) * 2;
  return discard(sources_[first], now) && discard(sources_[first + 1], now);
}

std::optional<Instant> OutputPump::deadline() const noexcept {
  if (unfinished_.source != nullptr) return std::nullopt;
  std::optional<Instant> earliest = look_again_at_;
  for (const Source& source : sources_) {
    if (source.release_at && (!earliest || *source.release_at < *earliest)) {
      earliest = source.release_at;
    }
  }
  return earliest;
}

std::uint64_t OutputPump::take_dropped() noexcept { return std::exchange(dropped_, 0); }

void OutputPump::watch(Source& source, std::size_t slot) noexcept {
  if (source.is_watched || source.waits_for_files || !source.fd) return;
  const os::Token token{os::Token::Kind::child_output, static_cast<std::uint16_t>(slot),
                        source.generation};
  source.is_watched = poller_.watch(source.fd.get(), os::Interest::readable, token).has_value();
}

// It stays ready while nobody reads it, and would keep us awake.
void OutputPump::unwatch(Source& source) noexcept {
  if (std::exchange(source.is_watched, false)) poller_.unwatch(source.fd.get());
}

void OutputPump::go_on(InstanceId instance) noexcept {
  const std::size_t first = static_cast<std::size_t>(instance) * 2;
  for (const std::size_t slot : {first, first + 1}) {
    Source& source = sources_[slot];
    if (!std::exchange(source.waits_for_files, false)) continue;
    watch(source, slot);
    if (!source.is_watched) look_again_at_ = Instant{};
  }
}

// After stdout was full, that is all; or those that could not be watched.
void OutputPump::look_at_unwatched(Instant now) noexcept {
  look_again_at_.reset();
  for (std::size_t slot = 0; slot < sources_.size(); ++slot) {
    Source& source = sources_[slot];
    watch(source, slot);
    if (source.is_watched || source.waits_for_files || !source.fd) continue;
    look_again_at_ = now + kLookAgain;
    if (unfinished_.source == nullptr) static_cast<void>(read(source, kReadSize, now));
  }
}

// What belongs to held lines may wait in a pipe that nobody has read while stdout was full.
void OutputPump::prolong_patience(Instant now) noexcept {
  for (Source& source : sources_) {
    if (source.release_at) source.release_at = now + kBlockPatience;
  }
}

// Counted by its lines. True when the last one has no newline: it counts if nothing follows.
bool OutputPump::drop(std::string_view bytes) noexcept {
  dropped_ += static_cast<std::uint64_t>(std::ranges::count(bytes, '\n'));
  return !bytes.empty() && bytes.back() != '\n';
}

// What was read, and found no room in the sink.
bool OutputPump::drop_unfinished(Source& source) noexcept {
  source.release_at.reset();
  const std::size_t carried = std::exchange(source.carried, 0);
  if (unfinished_.source != &source) return drop({source.carry.get(), carried});
  const auto [begin, end] = std::pair(unfinished_.begin, unfinished_.end);
  unfinished_ = {};
  look_again_at_ = Instant{};  // the others, who may have the buffer now
  return drop({buffer_.get() + begin, end - begin});
}

void OutputPump::close(Source& source) noexcept {
  if (!source.fd) return;
  if (drop_unfinished(source)) ++dropped_;
  source.fd.reset();  // nobody else has it open, so that epoll forgets it too
  source.is_watched = false;
  source.waits_for_files = false;
  source.is_draining = false;
  source.to_drain = 0;
  ++source.generation;
}

// What was read from its pipe, which others have got then who keep it too. Nothing when there is
// nothing now, or they have no room.
std::optional<std::size_t> OutputPump::take(Source& source, std::span<char> room,
                                            Instant now) noexcept {
  const auto stream = static_cast<Stream>(slot_of(source) % 2);
  if (files_ != nullptr) {
    room = room.first(files_->pass(instance_of(source), stream, source.fd.get(), room.size(), now));
    if (room.empty()) {
      source.waits_for_files = true;
      unwatch(source);
      return std::nullopt;
    }
  }
  const auto size = os::read_available(source.fd.get(), room);
  if (!size) return std::nullopt;
  if (termination_ != nullptr && stream == Stream::standard_error) {
    termination_->keep_stderr(instance_of(source), {room.data(), *size});
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
      if (recent_ != nullptr) {
        const auto stream = static_cast<Stream>(slot_of(source) % 2);
        recent_->keep(instance_of(source), stream, {out.data(), progress.written});
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
  return true;
}

// The reading buffer may be somebody else's, who waits for room in the sink with what is in it.
bool OutputPump::discard(Source& source, Instant now) noexcept {
  if (!source.is_draining) return true;
  if (source.waits_for_files) return false;
  bool is_cut = drop_unfinished(source);
  source.records->begin_anew();
  while (source.to_drain > 0) {
    const auto size =
        take(source, {nowhere_.get(), std::min(source.to_drain, largest_record_)}, now);
    if (!size && source.waits_for_files) return false;
    if (size.value_or(0) == 0) break;
    is_cut = drop({nowhere_.get(), *size});
  }
  if (is_cut) ++dropped_;
  source.to_drain = 0;
  source.is_draining = false;
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
