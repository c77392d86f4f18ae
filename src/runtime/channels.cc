#include "runtime/channels.h"

#include <array>
#include <utility>
#include <variant>

#include "codec/channel.h"
#include "codec/json_unescape.h"

namespace pmx::runtime {
namespace {

constexpr Duration kLookAgain{1'000};

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
  watch(channel, now);
}

void Channels::pump(Inbox& inbox, Instant now) noexcept {
  poller_.each(os::Token::Kind::channel, [&](os::Token token) {
    Channel& channel = channels_[token.slot];
    if (!channel.end.is_open() || channel.generation != token.generation) return;
    if (channel.end.has_unsent()) channel.end.flush();
    if (inbox.room() > 0) read(channel, inbox);
    watch(channel, now);
  });
  if (!look_again_at_ || *look_again_at_ > now) return;
  look_again_at_.reset();
  for (Channel& channel : channels_) watch(channel, now);
}

void Channels::finish(InstanceId instance, Inbox& inbox) noexcept {
  Channel& channel = at(instance);
  for (int n = 0; n < kMostLastReads && read(channel, inbox); ++n) {
  }
  unwatch(channel);
  channel.end.close();
  messages_.forget(instance);
}

bool Channels::send(InstanceId instance, std::string_view message, Instant now) noexcept {
  Channel& channel = at(instance);
  const bool is_sent = channel.end.send(message);
  watch(channel, now);
  return is_sent;
}

bool Channels::read(Channel& channel, Inbox& inbox) noexcept {
  if (!channel.end.is_open()) return false;
  const bool has_read =
      channel.end.read([&](std::string_view message) { hear(channel, message, inbox); });
  if (!channel.end.is_open()) channel.watched.reset();  // closed, it left the poller by itself
  const bool is_too_much = channel.end.over_long() > 0;
  if (is_too_much && !std::exchange(channel.has_said_too_much, true)) {
    announcer_.say(MessageTooLongNote{instance_of(channel), channel.pid});
  }
  return has_read;
}

void Channels::hear(Channel& channel, std::string_view message, Inbox& inbox) noexcept {
  const ChannelMessage heard = read_channel_message(message);
  const InstanceId instance = instance_of(channel);
  switch (heard.kind) {
    case ChannelMessage::Kind::other:
      return;
    case ChannelMessage::Kind::internal:
      return answer_node(channel, heard.content);
    case ChannelMessage::Kind::ready: {
      const LifePolicy& life = roster_[instance].app->life;
      const bool is_awaited = std::holds_alternative<ByMessage>(life.ready_by);
      if (!is_awaited || std::exchange(channel.has_said_ready, true)) return;
      return inbox.push(Ready{instance});
    }
    case ChannelMessage::Kind::exception:
      return report_exception(channel, heard.content);
    case ChannelMessage::Kind::metrics:
    case ChannelMessage::Kind::action:
    case ChannelMessage::Kind::reply:
      return messages_.take(instance, heard);
  }
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
  announcer_.say(ExceptionNote{instance_of(channel), channel.pid,
                               unescape_json(find_member(exception, "name"), name), what});
}

void Channels::watch(Channel& channel, Instant now) noexcept {
  if (!channel.end.is_open()) return;
  const auto wanted = channel.end.has_unsent() ? os::Interest::both : os::Interest::readable;
  if (channel.watched == wanted) return;
  unwatch(channel);
  const os::Token token{os::Token::Kind::channel, static_cast<std::uint16_t>(instance_of(channel)),
                        channel.generation};
  if (poller_.watch(channel.end.fd(), wanted, token))
    channel.watched = wanted;
  else if (!look_again_at_)
    look_again_at_ = now + kLookAgain;
}

void Channels::unwatch(Channel& channel) noexcept {
  if (std::exchange(channel.watched, std::nullopt)) poller_.unwatch(channel.end.fd());
}

}  // namespace pmx::runtime
