#include "runtime/channels.h"

#include <array>
#include <string>
#include <utility>
#include <variant>

#include "base/concat.h"
#include "codec/channel.h"
#include "codec/cluster_message.h"
#include "codec/json_members.h"
#include "codec/json_unescape.h"
#include "runtime/preload.h"

namespace pmx::runtime {
namespace {

constexpr Duration kWatchAgain{1'000};
constexpr Duration kSendAgain{10};  // a shortage of the kernel's

// More than any socket's buffer: who goes on writing has a living process.
constexpr int kMostLastReads = 16;

}  // namespace

void Channels::open(InstanceId instance, Pid pid, os::UniqueFd fd, Instant now) {
  Channel& channel = at(instance);
  unwatch(channel);
  channel.end.open(std::move(fd));
  channel.pid = pid;
  ++channel.generation;
  channel.has_said_ready = false;
  channel.has_said_too_much = false;
  channel.is_draining = false;
  if (roster_[instance].app->is_clustered) primary_.admit(instance, channel.end);
  watch(channel, now);
}

void Channels::pump(Inbox& inbox, Instant now) noexcept {
  poller_.each(os::Token::Kind::channel, [&](os::Token token) {
    Channel& channel = channels_[token.slot];
    if (!channel.end.is_open() || channel.generation != token.generation) return;
    const bool is_worker = primary_.is_worker(channel.instance);
    if (channel.end.has_unsent()) flush(channel);
    if (inbox.room() > 2) read(channel, inbox);
    // It goes on without us, and gets no more connections: whether it ends is its own affair.
    if (is_worker && !channel.end.is_open()) inbox.push(StoppingSaid{channel.instance});
    watch(channel, now);
  });
  const bool must_look_again = look_again_at_ && *look_again_at_ <= now;
  if (must_look_again) {
    look_again_at_.reset();
    for (Channel& channel : channels_) {
      if (channel.end.is_short()) flush(channel);
    }
  }
  const bool has_sent = primary_.has_work();
  if (has_sent) primary_.pump(now);
  if (const auto app = primary_.take_one_sided()) {
    const std::string text =
        concat(*app,
               ": more than 900 of 1,000 connections came from one address, as behind a proxy: "
               "with balance \"sticky\" one worker gets them all");
    announcer_.say(RemarkNote{Level::warn, "sticky", text, true});
  }
  if (!must_look_again && !has_sent) return;
  for (Channel& channel : channels_) watch(channel, now);
}

void Channels::finish(InstanceId instance, Inbox& inbox) noexcept {
  Channel& channel = at(instance);
  channel.is_draining = false;
  for (int n = 0; n < kMostLastReads && read(channel, inbox); ++n) {
  }
  unwatch(channel);
  primary_.dismiss(instance);
  channel.end.close();
  messages_.forget(instance);
}

bool Channels::send(InstanceId instance, std::string_view message, Instant now) noexcept {
  Channel& channel = at(instance);
  const bool is_sent = channel.end.send(message);
  watch(channel, now);
  return is_sent;
}

void Channels::let_end(InstanceId instance, Instant now) noexcept {
  if (!primary_.is_worker(instance)) return;
  primary_.let_end(instance);
  watch(at(instance), now);
}

void Channels::drain(InstanceId instance, Duration patience, Inbox& inbox, Instant now) noexcept {
  Channel& channel = at(instance);
  primary_.retire(instance);
  channel.is_draining = channel.end.send(
      primary_.has_preload(instance) ? drain_message(patience) : std::string(kDisconnectMessage));
  if (!channel.is_draining) inbox.push(DrainDone{instance});
  watch(channel, now);
}

bool Channels::read(Channel& channel, Inbox& inbox) noexcept {
  if (!channel.end.is_open()) return false;
  const bool has_read =
      channel.end.read([&](std::string_view message) { hear(channel, message, inbox); });
  if (!channel.end.is_open()) {
    channel.watched.reset();  // closed, it left the poller by itself
    primary_.dismiss(channel.instance);
    finish_drain(channel, inbox);
  }
  const bool is_too_much = channel.end.over_long() > 0;
  if (is_too_much && !std::exchange(channel.has_said_too_much, true)) {
    announcer_.say(MessageTooLongNote{channel.instance, channel.pid});
  }
  return has_read;
}

void Channels::hear(Channel& channel, std::string_view message, Inbox& inbox) noexcept {
  const bool is_worker = primary_.is_worker(channel.instance);
  if (is_worker && primary_.hear_common(channel.instance, message)) return;
  const ChannelMessage heard = read_channel_message(message);
  const InstanceId instance = channel.instance;
  switch (heard.kind) {
    case ChannelMessage::Kind::other:
      return;
    case ChannelMessage::Kind::internal:
      if (is_worker) hear_worker(channel, heard.content, inbox);
      return answer_node(channel, heard.content);
    case ChannelMessage::Kind::ready:
      return become_ready<ByMessage>(channel, inbox);
    case ChannelMessage::Kind::exception:
      return report_exception(channel, heard.content);
    case ChannelMessage::Kind::metrics:
    case ChannelMessage::Kind::action:
    case ChannelMessage::Kind::reply:
      return messages_.take(instance, heard);
  }
}

void Channels::hear_worker(Channel& channel, std::string_view message, Inbox& inbox) noexcept {
  const Primary::Heard heard = primary_.hear(channel.instance, message);
  if (heard == Primary::Heard::listens) become_ready<ByListening>(channel, inbox);
  if (heard == Primary::Heard::has_drained) finish_drain(channel, inbox);
}

void Channels::finish_drain(Channel& channel, Inbox& inbox) noexcept {
  if (std::exchange(channel.is_draining, false)) inbox.push(DrainDone{channel.instance});
}

template <class Awaited>
void Channels::become_ready(Channel& channel, Inbox& inbox) noexcept {
  const LifePolicy& life = roster_[channel.instance].app->life;
  const bool is_awaited = std::holds_alternative<Awaited>(life.ready_by);
  if (!is_awaited || std::exchange(channel.has_said_ready, true)) return;
  inbox.push(Ready{channel.instance});
}

// A descriptor came with the message, and nobody took it: Node must not wait for an answer.
void Channels::answer_node(Channel& channel, std::string_view message) noexcept {
  const bool is_handle = find_member(message, "cmd") == R"("NODE_HANDLE")";
  if (is_handle) static_cast<void>(channel.end.send(kHandleRefused));
}

void Channels::report_exception(const Channel& channel, std::string_view exception) noexcept {
  std::array<char, 128> name;
  std::array<char, 4096> text;
  std::string_view what = unescape_json(find_member(exception, "stack"), text);
  if (what.empty()) what = unescape_json(find_member(exception, "message"), text);
  announcer_.say(ExceptionNote{channel.instance, channel.pid,
                               unescape_json(find_member(exception, "name"), name), what});
}

void Channels::flush(Channel& channel) noexcept {
  channel.end.flush();
  if (primary_.is_worker(channel.instance)) primary_.look_again();
}

void Channels::watch(Channel& channel, Instant now) noexcept {
  if (!channel.end.is_open()) return;
  const bool is_short = channel.end.is_short();
  if (is_short) look_again(now + kSendAgain);
  const bool has_more = channel.end.has_unsent() && !is_short;
  const auto wanted = has_more ? os::Interest::both : os::Interest::readable;
  if (channel.watched == wanted) return;
  unwatch(channel);
  const os::Token token{os::Token::Kind::channel, static_cast<std::uint16_t>(channel.instance),
                        channel.generation};
  if (poller_.watch(channel.end.fd(), wanted, token))
    channel.watched = wanted;
  else
    look_again(now + kWatchAgain);
}

void Channels::look_again(Instant then) noexcept {
  if (!look_again_at_ || *look_again_at_ > then) look_again_at_ = then;
}

void Channels::unwatch(Channel& channel) noexcept {
  if (std::exchange(channel.watched, std::nullopt)) poller_.unwatch(channel.end.fd());
}

}  // namespace pmx::runtime
