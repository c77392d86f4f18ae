// The streams of the pump: how each is opened, watched, brought to its end, and closed.
#include <algorithm>
#include <utility>

#include "os/pipe.h"
#include "runtime/output_pump.h"

namespace pmx::runtime {
namespace {

// How long a stream waits that epoll had no memory to watch.
constexpr Duration kLookAgain{50};

}  // namespace

void OutputPump::make_room(std::size_t instances) {
  while (slots_.size() < instances) {
    const auto slot = static_cast<std::uint16_t>(sources_.size());
    grow(sources_.size() + 2);
    slots_.push_back({slot, static_cast<std::uint16_t>(slot + 1)});
  }
}

void OutputPump::grow(std::size_t sources) {
  const auto at = unfinished_.source == nullptr ? 0 : unfinished_.source - sources_.data();
  sources_.resize(sources);
  if (unfinished_.source != nullptr) unfinished_.source = sources_.data() + at;
}

void OutputPump::open(InstanceId instance, Origin origin, const OutputPolicy& policy,
                      os::UniqueFd out, os::UniqueFd err, Instant now) {
  for (const Stream stream : {Stream::standard_output, Stream::standard_error}) {
    vacate(slots_[static_cast<std::size_t>(instance)][static_cast<std::size_t>(stream)], now);
    Source& source = current(instance, stream);
    source.stream = origin.stream = stream;
    const bool is_out = stream == Stream::standard_output;
    open(source, instance, std::move(is_out ? out : err), origin, policy);
  }
}

// What waits in the pipe of the process before comes first, if there is room for it. Where somebody
// still has that pipe the slot stays with it, and is another one from now on.
void OutputPump::vacate(std::uint16_t& slot, Instant now) {
  Source& last = sources_[slot];
  if (!last.fd) return;
  begin_drain(last);
  const bool may_end = drain(last, now) && unfinished_.source == nullptr;
  if (may_end) static_cast<void>(read(last, kReadSize, now));
  if (!last.fd) return;
  last.is_former = true;
  last.is_draining = false;
  if (std::exchange(last.waits_for_files, false)) watch(last);
  const auto is_free = [](const Source& source) { return source.is_former && !source.fd; };
  const auto free = std::ranges::find_if(sources_, is_free);
  slot = static_cast<std::uint16_t>(free - sources_.begin());
  if (free == sources_.end()) grow(sources_.size() + 1);
  sources_[slot].is_former = false;
}

void OutputPump::open(Source& source, InstanceId instance, os::UniqueFd fd, const Origin& origin,
                      const OutputPolicy& policy) {
  if (!fd) return;
  source.fd = std::move(fd);
  source.instance = instance;
  source.records = std::make_unique<RecordStream>(origin, policy, keys_);
  source.carry = os::PageBuffer(most_carried_);
  source.carried = 0;
  source.on_full = policy.on_full;
  source.is_nobodys = false;
  watch(source);
  if (!source.is_watched) look_again_at_ = Instant{};
}

void OutputPump::forget(InstanceId instance) noexcept {
  for (Source& source : sources_) {
    if (source.instance == instance) source.is_nobodys = true;
  }
  go_on(instance);
}

void OutputPump::begin_drain(InstanceId instance) noexcept {
  begin_drain(current(instance, Stream::standard_output));
  begin_drain(current(instance, Stream::standard_error));
}

void OutputPump::begin_drain(Source& source) noexcept {
  if (!source.fd) return;
  source.to_drain = os::bytes_waiting(source.fd.get());
  source.is_draining = true;
}

void OutputPump::begin_last_drain() noexcept {
  is_ending_ = true;
  for (Source& source : sources_) {
    unwatch(source);
    begin_drain(source);
  }
}

bool OutputPump::drain(InstanceId instance, Instant now) noexcept {
  return drain(current(instance, Stream::standard_output), now) &&
         drain(current(instance, Stream::standard_error), now);
}

bool OutputPump::drain_all(Instant now) noexcept {
  return std::ranges::all_of(sources_, [&](Source& source) { return drain(source, now); });
}

bool OutputPump::waits_to_drain(InstanceId instance) const noexcept {
  const auto [out, error] = slots_[static_cast<std::size_t>(instance)];
  const Source& next = sources_[sources_[out].is_draining ? out : error];
  return next.is_draining && !next.waits_for_files;
}

bool OutputPump::discard(InstanceId instance, Instant now) noexcept {
  return discard(current(instance, Stream::standard_output), now) &&
         discard(current(instance, Stream::standard_error), now);
}

void OutputPump::watch(Source& source) noexcept {
  if (source.is_watched || source.waits_for_files || is_ending_ || !source.fd) return;
  const auto slot = static_cast<std::uint16_t>(&source - sources_.data());
  const os::Token token{os::Token::Kind::child_output, slot, source.generation};
  source.is_watched = poller_.watch(source.fd.get(), os::Interest::readable, token).has_value();
}

// It stays ready while nobody reads it, and would keep us awake.
void OutputPump::unwatch(Source& source) noexcept {
  if (std::exchange(source.is_watched, false)) poller_.unwatch(source.fd.get());
}

void OutputPump::go_on(InstanceId instance) noexcept {
  for (const Stream stream : {Stream::standard_output, Stream::standard_error}) {
    Source& source = current(instance, stream);
    if (!std::exchange(source.waits_for_files, false)) continue;
    watch(source);
    if (!source.is_watched) look_again_at_ = Instant{};
  }
}

// Those who had something when stdout was full, or who could not be watched: one read each, or all
// that is left of who has ended, from the one behind who filled it, so that nobody who floods it
// keeps the others from it.
void OutputPump::serve_unwatched(std::size_t first, Instant now) noexcept {
  look_again_at_.reset();
  if (is_ending_) return;
  for (std::size_t i = 0; i < sources_.size() && unfinished_.source == nullptr; ++i) {
    Source& source = sources_[(first + i) % sources_.size()];
    if (source.is_watched || source.waits_for_files || !source.fd) continue;
    watch(source);
    if (!source.is_watched) look_again_at_ = now + kLookAgain;
    if (source.is_draining) {
      static_cast<void>(drain(source, now));
    } else {
      static_cast<void>(read(source, kReadSize, now));
    }
  }
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
  end_line_in_files(source);
  source.fd.reset();  // nobody else has it open, so that epoll forgets it too
  source.is_watched = false;
  source.waits_for_files = false;
  source.is_draining = false;
  source.to_drain = 0;
  ++source.generation;
}

// What comes next there is another process's.
void OutputPump::end_line_in_files(const Source& source) noexcept {
  if (has_files(source)) files_->end_line(source.instance, source.stream);
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

}  // namespace pmx::runtime
