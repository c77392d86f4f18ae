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
  source.is_nobodys = false;
  watch(source, slot);
  if (!source.is_watched) look_again_at_ = Instant{};
}

void OutputPump::forget(InstanceId instance) noexcept {
  const unsigned first = static_cast<unsigned>(instance) * 2;
  sources_[first].is_nobodys = sources_[first + 1].is_nobodys = true;
  go_on(instance);
}

void OutputPump::begin_drain(InstanceId instance) noexcept {
  const unsigned first = static_cast<unsigned>(instance) * 2;
  begin_drain(sources_[first]);
  begin_drain(sources_[first + 1]);
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

void OutputPump::watch(Source& source, std::size_t slot) noexcept {
  if (source.is_watched || source.waits_for_files || is_ending_ || !source.fd) return;
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
  if (is_ending_) return;
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
