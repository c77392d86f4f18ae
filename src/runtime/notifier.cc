#include "runtime/notifier.h"

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "os/os_error.h"
#include "os/process.h"

namespace pmx::runtime {
namespace {

// Who talks without end must not keep us.
constexpr int kMostInATurn = 16;

// As many as the kernel can have kept (net.unix.max_dgram_qlen), by far.
constexpr int kMostKept = 1'000;

void discard_what_waits(int socket) noexcept {
  std::array<char, 1> nothing;
  for (int n = 0; n < kMostKept && os::receive_datagram(socket, nothing); ++n) {
  }
}

bool is_awaited(const App& app) noexcept {
  return std::holds_alternative<ByNotify>(app.life.ready_by);
}

}  // namespace

void Notifier::prepare(InstanceId instance, Launcher& launcher) noexcept {
  const App& app = *roster_[instance].app;
  if (!is_awaited(app) && !app.life.watchdog) return forget(instance);
  if (!at(instance)) at(instance) = std::make_unique<Line>();
  Line& line = *at(instance);
  line.leader.reset();
  line.status = Status{};
  line.said = {};
  if (!line.socket.fd && !open(instance)) return;
  discard_what_waits(line.socket.fd.get());
  launcher.set("NOTIFY_SOCKET", line.socket.address);
  if (!app.life.watchdog) return;
  const std::int64_t microseconds = app.life.watchdog->count() * 1'000;
  launcher.set("WATCHDOG_USEC", FixedText<24>(microseconds).text());
  launcher.set_to_own_pid("WATCHDOG_PID");
}

bool Notifier::open(InstanceId instance) noexcept {
  auto socket = os::open_datagram_socket();
  const os::Token token{os::Token::Kind::notify,
                        static_cast<std::uint16_t>(static_cast<unsigned>(instance)), 0};
  if (socket) {
    const auto watched = poller_.watch(socket->fd.get(), os::Interest::readable, token);
    if (watched) {
      at(instance)->socket = std::move(*socket);
      return true;
    }
    socket = std::unexpected(watched.error());
  }
  remark(Level::warn, instance,
         "cannot be listened to, and is not heard: ", os::describe(socket.error()));
  return false;
}

void Notifier::started(InstanceId instance, Pid leader) noexcept {
  if (at(instance)) at(instance)->leader = leader;
}

void Notifier::forget(InstanceId instance) noexcept {
  const std::unique_ptr<Line> line = std::move(at(instance));
  if (line && line->socket.fd) poller_.unwatch(line->socket.fd.get());
}

void Notifier::pump(Instant now) noexcept {
  poller_.each(os::Token::Kind::notify,
               [&](os::Token token) { receive(InstanceId{token.slot}, now); });
}

void Notifier::receive(InstanceId instance, Instant now) noexcept {
  std::array<char, kLongestNotifyMessage> bytes;
  for (int n = 0; n < kMostInATurn; ++n) {
    const auto datagram = os::receive_datagram(at(instance)->socket.fd.get(), bytes);
    if (!datagram) return;
    if (!is_sent_by(instance, datagram->sender, now)) {
      const int pid = datagram->sender ? datagram->sender->pid : 0;
      remark(Level::debug, instance, "is not spoken for by process ", pid,
             ", which is none of its own: what that says is ignored");
    } else if (!datagram->is_whole) {
      remark(Level::debug, instance, "said more than 4,096 bytes at once, which is ignored");
    } else {
      take(instance, parse_notify_message({bytes.data(), datagram->size}));
    }
  }
}

void Notifier::take(InstanceId instance, const NotifyMessage& message) noexcept {
  Line& line = *at(instance);
  if (message.status) line.status = Status(*message.status);
  if (message.main_process) {
    remark(Level::debug, instance, "said MAINPID=", message.main_process->substr(0, 20),
           ", which is ignored: its main process is the one that was started");
  }
  line.said.is_ready |= message.is_ready;
  line.said.is_stopping |= message.is_stopping;
  line.said.feeds_watchdog |= message.feeds_watchdog;
  line.said.triggers_watchdog |= message.triggers_watchdog;
  has_news_ = true;
}

// A sender that has ended meanwhile, as `systemd-notify` soon does, is known by its user alone.
bool Notifier::is_sent_by(InstanceId instance, const std::optional<os::PeerCredentials>& who,
                          Instant now) noexcept {
  if (!who || who->pid <= 0) return false;
  const Pid pid{who->pid};
  if (at(instance)->leader == pid || census_.owner_of(pid) == instance) return true;
  census_.be_current(now);
  if (const auto owner = census_.owner_of(pid)) return *owner == instance;
  return who->uid == roster_[instance].app->process.user.value_or(os::own_user());
}

void Notifier::report(Inbox& inbox) noexcept {
  has_news_ = false;
  for (unsigned i = 0; i < lines_.size(); ++i) {
    const InstanceId instance{i};
    if (!lines_[i]) continue;
    Said& said = lines_[i]->said;
    const auto tell = [&](bool& flag, const Event& event) {
      if (!flag) return;
      has_news_ = has_news_ || inbox.room() == 0;
      if (inbox.room() == 0) return;
      inbox.push(event);
      flag = false;
    };
    said.is_ready = said.is_ready && is_awaited(*roster_[instance].app);
    tell(said.is_ready, Ready{instance});
    tell(said.feeds_watchdog, WatchdogFed{instance});
    tell(said.triggers_watchdog, WatchdogTriggered{instance});
    tell(said.is_stopping, StoppingSaid{instance});
  }
}

template <class... Parts>
void Notifier::remark(Level level, InstanceId instance, const Parts&... parts) noexcept {
  const Place& place = roster_[instance];
  const FixedText<512> text(place.app->name, "[", place.number, "] ", parts...);
  announcer_.say(RemarkNote{level, "notify", text.text(), false});
}

}  // namespace pmx::runtime
