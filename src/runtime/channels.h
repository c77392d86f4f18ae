// The channels to the apps of Node: what is said over them, and by whom, becomes events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "core/roster.h"
#include "os/poller.h"
#include "os/unique_fd.h"
#include "runtime/announcer.h"
#include "runtime/app_messages.h"
#include "runtime/channel_end.h"
#include "runtime/inbox.h"
#include "runtime/primary.h"

namespace pmx::runtime {

// Whatever a process says or does not read concerns nobody but itself: everything has a bound.
class Channels {
 public:
  // All of them must outlive it.
  Channels(const Roster& roster, os::Poller& poller, Announcer& announcer, Primary& primary)
      : roster_(roster), poller_(poller), announcer_(announcer), primary_(primary) {
    make_room(roster.size());
  }

  // For more instances than before.
  void make_room(std::size_t instances) {
    while (channels_.size() < instances) {
      const InstanceId next{static_cast<unsigned>(channels_.size())};
      channels_.emplace_back().instance = next;
    }
    messages_.make_room(instances);
  }

  // Our end of the channel to the instance's new process. Allocates with the instance's first.
  void open(InstanceId instance, Pid pid, os::UniqueFd fd, Instant now);

  // Whether pump() would do anything now, or at some time.
  [[nodiscard]] bool has_work() const noexcept {
    return poller_.has(os::Token::Kind::channel) || look_again_at_ || primary_.has_work();
  }
  // Reads each that is ready, once, and sends what waited for room. While the inbox has no room for
  // what one can say, nothing is read. Then the primary hands connections over.
  [[gnu::noinline]] void pump(Inbox& inbox, Instant now) noexcept;

  // The process has ended: takes its last words, for which the inbox has room, and closes it.
  void finish(InstanceId instance, Inbox& inbox) noexcept;

  // A message with its newline. False: there is no open channel, or so much waits there already
  // that this does not fit.
  [[nodiscard]] bool send(InstanceId instance, std::string_view message, Instant now) noexcept;

  // A worker gets no more connections, and is asked to finish in that time; when it has, or cannot
  // be asked, that becomes an event. It has room for one.
  void drain(InstanceId instance, Duration patience, Inbox& inbox, Instant now) noexcept;
  // It has been asked to stop.
  void let_end(InstanceId instance, Instant now) noexcept;

  [[nodiscard]] bool is_open(InstanceId instance) const noexcept {
    return channels_[static_cast<std::size_t>(instance)].end.is_open();
  }
  // It can be asked how it is.
  [[nodiscard]] bool has_preload(InstanceId instance) const noexcept {
    return primary_.has_preload(instance);
  }
  // Of a worker of a cluster.
  [[nodiscard]] Primary::Load load_of(InstanceId instance) const noexcept {
    return primary_.load_of(instance);
  }
  // What is heard over them, apart from what becomes an event or a record.
  [[nodiscard]] AppMessages& messages() noexcept { return messages_; }
  [[nodiscard]] const AppMessages& messages() const noexcept { return messages_; }

  // When one must be watched that could not be, or sent to.
  [[nodiscard]] std::optional<Instant> deadline() const noexcept { return look_again_at_; }

 private:
  struct Channel {
    InstanceId instance{};
    ChannelEnd end;
    Pid pid{};
    std::uint32_t generation = 0;
    std::optional<os::Interest> watched;
    bool has_said_ready = false;
    bool has_said_too_much = false;
    bool is_draining = false;
  };

  bool read(Channel& channel, Inbox& inbox) noexcept;
  void hear(Channel& channel, std::string_view message, Inbox& inbox) noexcept;
  void hear_worker(Channel& channel, std::string_view message, Inbox& inbox) noexcept;
  void finish_drain(Channel& channel, Inbox& inbox) noexcept;
  template <class Awaited>
  void become_ready(Channel& channel, Inbox& inbox) noexcept;
  void answer_node(Channel& channel, std::string_view message) noexcept;
  void report_exception(const Channel& channel, std::string_view exception) noexcept;
  void flush(Channel& channel) noexcept;
  void watch(Channel& channel, Instant now) noexcept;
  void unwatch(Channel& channel) noexcept;
  void look_again(Instant then) noexcept;
  [[nodiscard]] Channel& at(InstanceId instance) noexcept {
    return channels_[static_cast<std::size_t>(instance)];
  }

  const Roster& roster_;
  os::Poller& poller_;
  Announcer& announcer_;
  Primary& primary_;
  std::deque<Channel> channels_;  // one for each instance; the primary points to their ends
  AppMessages messages_;
  std::optional<Instant> look_again_at_;
};

}  // namespace pmx::runtime
