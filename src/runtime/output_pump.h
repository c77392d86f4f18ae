// From the pipes of the children to the sink: read, encode, and wait when there is no room.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "codec/json_object_keys.h"
#include "codec/record_stream.h"
#include "core/output_policy.h"
#include "os/page_buffer.h"
#include "os/pipe.h"
#include "os/poller.h"
#include "os/unique_fd.h"
#include "runtime/file_writers.h"
#include "runtime/log_sink.h"
#include "runtime/recent_lines.h"
#include "runtime/termination_log.h"

namespace pmx::runtime {

// One reading buffer serves all streams: what is not yet a record when another stream is read is
// carried by its own stream, and that is less than a record. While the sink is full the buffer
// stays with the stream that filled it, and nothing is read.
class OutputPump {
 public:
  // Allocates for this many instances; `largest_record` is that of the sink.
  OutputPump(std::size_t instances, std::size_t largest_record, LogSink& sink, os::Poller& poller);

  // What is written is kept there too; it must outlive the pump.
  void keep_in(RecentLines& recent) noexcept { recent_ = &recent; }

  // What comes from stderr is kept there too, as it is; it must outlive the pump.
  void keep_stderr_in(TerminationLog& log) noexcept { termination_ = &log; }

  // What is read goes there first; they must outlive the pump too.
  void pass_through(FileWriters& files) noexcept { files_ = &files; }

  // For more instances than before.
  void make_room(std::size_t instances);

  // The instance's process writes here from now on. Either end may be absent (not captured). Who
  // still writes to the pipe of the process before it is read on, into the log alone.
  void open(InstanceId instance, Origin origin, const OutputPolicy& policy, os::UniqueFd out,
            os::UniqueFd err, Instant now);

  // Whether pump() would do anything now, or at some time.
  [[nodiscard]] bool has_work() const noexcept {
    return poller_.has(os::Token::Kind::child_output) || waits_for_room() || deadline();
  }
  // Reads every stream that is ready, once.
  [[gnu::noinline]] void pump(Instant now) noexcept;

  // Where FileWriters::pass() said that a stream must wait, it is asked again.
  void go_on(InstanceId instance) noexcept;
  // Another one may have its number next: what still comes is in the log alone.
  void forget(InstanceId instance) noexcept;

  // The process has ended: what waits in its pipes now is what it wrote. Call until it says true:
  // everything of that is with the sink. A descendant may go on writing.
  [[nodiscard]] bool drain(InstanceId instance, Instant now) noexcept;
  void begin_drain(InstanceId instance) noexcept;
  // Of all, at the very end: nothing else is read any more, however much there is.
  void begin_last_drain() noexcept;
  [[nodiscard]] bool drain_all(Instant now) noexcept;
  // drain() says false, and files are not why.
  [[nodiscard]] bool waits_to_drain(InstanceId instance) const noexcept;
  // Instead of drain(), which need not come to its end then: what is left is dropped, counted by
  // its lines. False where it must wait for files.
  [[nodiscard]] bool discard(InstanceId instance, Instant now) noexcept;

  // Something was read that found no room in the sink. Until it has, no stream is read, and pipes
  // that are ready are not watched: whoever makes room must see to it that there is another turn.
  [[nodiscard]] bool waits_for_room() const noexcept { return unfinished_.source != nullptr; }

  // When a held block must be released, or a stream be read that could not be watched; nothing
  // while stdout is full.
  [[nodiscard]] std::optional<Instant> deadline() const noexcept;

  // Records that were not kept because stdout was full (OnFull::drop, or discard()), since the last
  // call.
  [[nodiscard]] std::uint64_t take_dropped() noexcept;

 private:
  // One read. Each wakes a writer that waits, which on a virtual machine may cost as much as
  // copying 100 kB; so it takes the half of the largest pipe at once, and the writer fills that
  // meanwhile.
  static constexpr std::size_t kReadSize = os::kLargestPipe / 2;

  struct Source {
    os::UniqueFd fd;
    InstanceId instance{};
    Stream stream{};
    std::uint32_t generation = 0;
    std::unique_ptr<RecordStream> records;
    os::PageBuffer carry;
    std::size_t carried = 0;
    std::size_t to_drain = 0;  // bytes of the last words that are still in the pipe
    bool is_draining = false;
    bool is_watched = false;
    bool waits_for_files = false;
    bool is_former = false;   // another process of its instance has begun, if it is open
    bool is_nobodys = false;  // its instance has gone, and somebody still writes
    OnFull on_full = OnFull::wait;
    std::optional<Instant> release_at;
  };
  // Bytes in the reading buffer that are not encoded yet, and how they end.
  struct Unfinished {
    Source* source = nullptr;
    std::size_t begin = 0;
    std::size_t end = 0;
    WallTime time;
    bool ended = false;
    bool release = false;
    bool brings_line = false;  // the end of one, at least
  };
  enum class Reading : unsigned char { something, nothing_now, no_room };

  void open(Source& source, InstanceId instance, os::UniqueFd fd, const Origin& origin,
            const OutputPolicy& policy);
  void vacate(std::uint16_t& slot, Instant now);
  void grow(std::size_t sources);
  void watch(Source& source) noexcept;
  void unwatch(Source& source) noexcept;
  void serve_unwatched(std::size_t first, Instant now) noexcept;
  void close(Source& source) noexcept;
  void end_line_in_files(const Source& source) noexcept;
  bool drop(std::string_view bytes) noexcept;
  bool drop_unfinished(Source& source) noexcept;

  [[nodiscard]] std::optional<std::size_t> take(Source& source, std::span<char> room,
                                                Instant now) noexcept;
  [[nodiscard]] Reading read(Source& source, std::size_t limit, Instant now) noexcept;
  void encode_carried(Source& source, bool ended, Instant now) noexcept;
  [[nodiscard]] bool finish(Instant now) noexcept;
  static void begin_drain(Source& source) noexcept;
  [[nodiscard]] bool drain(Source& source, Instant now) noexcept;
  [[nodiscard]] bool discard(Source& source, Instant now) noexcept;
  [[nodiscard]] static bool is_of_instance(const Source& source) noexcept {
    return !source.is_former && !source.is_nobodys;
  }
  [[nodiscard]] bool has_files(const Source& source) const noexcept {
    return files_ != nullptr && is_of_instance(source);
  }
  [[nodiscard]] Source& current(InstanceId instance, Stream stream) noexcept {
    return sources_[slots_[static_cast<std::size_t>(instance)][static_cast<std::size_t>(stream)]];
  }
  [[nodiscard]] std::span<char> room(const Source& source, Instant now) noexcept;

  LogSink& sink_;
  os::Poller& poller_;
  RecentLines* recent_ = nullptr;
  FileWriters* files_ = nullptr;
  TerminationLog* termination_ = nullptr;
  std::vector<Source> sources_;
  std::vector<std::array<std::uint16_t, 2>> slots_;  // of those by instance and Stream
  std::size_t most_carried_;
  std::size_t largest_record_;
  // Reads go to the begin of a page, what was carried stands before it. A pipe's bytes begin at one
  // too, and processors copy several times slower to an address that, within its page, is a few
  // bytes ahead of where they come from (`rep movsb` of AMD's Zen).
  std::size_t read_at_;
  os::PageBuffer buffer_;
  os::PageBuffer nowhere_;  // where dropped records are written
  os::PageBuffer key_table_;
  JsonObjectKeys keys_;
  Unfinished unfinished_;
  bool is_ending_ = false;  // since begin_last_drain()
  std::optional<Instant> look_again_at_;
  std::uint64_t dropped_ = 0;
};

}  // namespace pmx::runtime
