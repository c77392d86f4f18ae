// What instances say of themselves by sd_notify(3): a socket for each whose app is to do so.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/fixed_text.h"
#include "base/ids.h"
#include "base/time.h"
#include "codec/notify_message.h"
#include "core/roster.h"
#include "os/datagram_socket.h"
#include "os/poller.h"
#include "runtime/announcer.h"
#include "runtime/census.h"
#include "runtime/inbox.h"
#include "runtime/launcher.h"

namespace pmx::runtime {

class Notifier {
 public:
  // All of them must outlive it.
  Notifier(const Roster& roster, os::Poller& poller, Census& census, Announcer& announcer)
      : roster_(roster),
        poller_(poller),
        census_(census),
        announcer_(announcer),
        lines_(roster.size()) {}

  // For more instances than before.
  void make_room(std::size_t instances) { lines_.resize(instances); }

  // Before a process of it is started: it is told where to speak, and what was said before is
  // forgotten.
  void prepare(InstanceId instance, Launcher& launcher) noexcept;
  void started(InstanceId instance, Pid leader) noexcept;
  void forget(InstanceId instance) noexcept;

  // What has come; no more than a few datagrams each.
  [[gnu::noinline]] void pump(Instant now) noexcept;
  // Puts what was said into the inbox, as far as there is room.
  [[gnu::noinline]] void report(Inbox& inbox) noexcept;
  [[nodiscard]] bool has_news() const noexcept { return has_news_; }

  // The last STATUS= of its process; empty where there is none.
  [[nodiscard]] std::string_view status_of(InstanceId instance) const noexcept {
    const auto& line = lines_[static_cast<std::size_t>(instance)];
    return line ? line->status.text() : std::string_view{};
  }

 private:
  using Status = FixedText<256>;
  struct Said {  // and not reported yet
    bool is_ready = false;
    bool feeds_watchdog = false;
    bool triggers_watchdog = false;
    bool is_stopping = false;
  };
  struct Line {
    os::DatagramSocket socket;
    std::optional<Pid> leader;
    Status status{};
    Said said;
  };

  [[nodiscard]] bool open(InstanceId instance) noexcept;
  void receive(InstanceId instance, Instant now) noexcept;
  void take(InstanceId instance, const NotifyMessage& message) noexcept;
  [[nodiscard]] bool is_sent_by(InstanceId instance, const std::optional<os::PeerCredentials>& who,
                                Instant now) noexcept;
  template <class... Parts>
  void remark(Level level, InstanceId instance, const Parts&... parts) noexcept;
  [[nodiscard]] std::unique_ptr<Line>& at(InstanceId instance) noexcept {
    return lines_[static_cast<std::size_t>(instance)];
  }

  const Roster& roster_;
  os::Poller& poller_;
  Census& census_;
  Announcer& announcer_;
  std::vector<std::unique_ptr<Line>> lines_;  // by instance; of who has something to say
  bool has_news_ = false;
};

}  // namespace pmx::runtime
