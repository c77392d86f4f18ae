#include "runtime/control_server.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "codec/control_request.h"
#include "os/process.h"

namespace pmx::runtime {
namespace {

constexpr os::Token kListener{os::Token::Kind::control_listener, 0, 0};

// The rule of who may ask: root, or who we are ourselves, and only from our own PID namespace:
// abstract names are shared by all containers of a pod (docs/control.md, "Who may ask").
constexpr std::string_view kRefusal =
    R"({"version":1,"ok":false,"code":1,"error":"refused: only root and the user that pmx-init )"
    R"(runs as may ask, and only from the same container"})"
    "\n";

// How long it waits where epoll has no memory to watch it.
constexpr Duration kListenAgain{50};

bool may_ask(const os::PeerCredentials& peer) noexcept {
  return peer.pid != 0 && (peer.uid == 0 || peer.uid == os::own_user());
}

}  // namespace

ControlServer::ControlServer(os::UniqueFd listener, os::Poller& poller)
    : listener_(std::move(listener)), poller_(poller) {
  listen(Instant{});
}

void ControlServer::listen(Instant now) noexcept {
  if (listens_ || !listener_) return;
  listens_ = poller_.watch(listener_.get(), os::Interest::readable, kListener).has_value();
  listen_again_at_.reset();
  if (!listens_) listen_again_at_ = now + kListenAgain;
}

void ControlServer::pump(Instant now) noexcept {
  poller_.each(os::Token::Kind::control_client, [&](os::Token token) {
    Client* const client = find({token.slot, token.generation});
    if (client == nullptr || !client->watched) return;
    const os::Interest watched = *client->watched;
    if (watched == os::Interest::end) return hang_up(*client);
    watched == os::Interest::writable ? write(*client, now) : read(*client, now);
  });
  expire(now);
  if (poller_.has(os::Token::Kind::control_listener)) accept_all(now);
}

void ControlServer::accept_all(Instant now) noexcept {
  while (true) {
    if (open_ == kMostClients) {
      // The kernel keeps who waits, until somebody leaves.
      poller_.unwatch(listener_.get());
      listens_ = false;
      return;
    }
    auto fd = os::accept_from(listener_.get());
    if (!fd && fd.error().number != EAGAIN) {
      // For want of descriptors, as a rule: who waits goes on waiting.
      poller_.unwatch(listener_.get());
      listens_ = false;
      listen_again_at_ = now + kListenAgain;
    }
    if (!fd) return;
    take_in(std::move(*fd), now);
  }
}

void ControlServer::take_in(os::UniqueFd fd, Instant now) noexcept {
  const auto peer = os::peer_of(fd.get());
  if (!peer || !may_ask(*peer)) {
    static_cast<void>(os::send_some(fd.get(), kRefusal));
    return;
  }
  Client& client = *std::ranges::find_if(clients_, [](const Client& c) { return !c.fd; });
  client = {};
  client.fd = std::move(fd);
  client.peer = *peer;
  ++open_;
  client.generation = ++generations_;
  client.due = now + kPatience;
  watch(client);
}

void ControlServer::read(Client& client, Instant now) noexcept {
  std::array<char, 16 * 1024> buffer;
  const ssize_t count = ::read(client.fd.get(), buffer.data(), buffer.size());
  if (count < 0) {
    if (errno != EAGAIN && errno != EINTR) close(client);
    return;
  }
  client.has_ended = count == 0;
  client.in.append(buffer.data(), static_cast<std::size_t>(count));
  const std::string_view longest = std::string_view(client.in).substr(0, kLongestControlRequest);
  const bool is_too_long = longest.size() == kLongestControlRequest && !longest.contains('\n');
  if (is_too_long) {
    client.has_ended = true;
    client.in.clear();
    client.is_served = true;
    const ClientId id{slot_of(client), client.generation};
    send(id, R"({"version":1,"ok":false,"code":2,"error":"the request is longer than 1 MiB"})",
         now);
    return end(id, now);
  }
  if (has_line(client)) client.due.reset();
  watch(client);
  close_if_done(client);
}

void ControlServer::write(Client& client, Instant now) noexcept {
  const auto sent =
      os::send_some(client.fd.get(), std::string_view(client.out).substr(client.sent));
  if (!sent) return close(client);
  client.sent += *sent;
  if (*sent > 0) client.due = now + kPatience;
  if (client.sent == client.out.size()) {
    client.out = {};
    client.sent = 0;
    if (client.is_served) client.due.reset();
  }
  watch(client);
  close_if_done(client);
}

// Reads while there is no whole request, also while it is served; writes while there is something
// to say; and in any case hears of its end. Who only sends no more is still there.
void ControlServer::watch(Client& client) noexcept {
  const bool writes = client.sent < client.out.size();
  const bool reads = !client.has_ended && !has_line(client);
  const auto otherwise = reads ? os::Interest::readable : os::Interest::end;
  const auto interest = writes ? os::Interest::writable : otherwise;
  if (client.watched == interest) return;
  if (client.watched) poller_.unwatch(client.fd.get());
  client.watched = interest;
  const os::Token token{os::Token::Kind::control_client,
                        static_cast<std::uint16_t>(slot_of(client)), client.generation};
  if (!poller_.watch(client.fd.get(), interest, token)) close(client);
}

// It takes no answers any more. What it had asked for before is done all the same.
void ControlServer::hang_up(Client& client) noexcept {
  if (!has_request(client)) return close(client);
  poller_.unwatch(client.fd.get());
  client.watched.reset();
}

void ControlServer::close(Client& client) noexcept {
  client = {};
  --open_;
  listen(Instant{});
}

void ControlServer::close_if_done(Client& client) noexcept {
  const bool is_over = client.has_ended && !client.is_served && !has_line(client) &&
                       client.sent == client.out.size();
  if (client.fd && is_over) close(client);
}

// What a client has sent or taken in time counts, however late we look.
void ControlServer::expire(Instant now) noexcept {
  const auto is_due = [now](const Client& client) {
    return client.fd && client.due && *client.due <= now;
  };
  for (Client& client : clients_) {
    if (!is_due(client)) continue;
    client.watched == os::Interest::writable ? write(client, now) : read(client, now);
    if (is_due(client)) close(client);
  }
  if (listen_again_at_ && *listen_again_at_ <= now) listen(now);
}

std::optional<ControlServer::Request> ControlServer::take_request() {
  if (open_ == 0) return std::nullopt;
  for (Client& client : clients_) {
    if (!has_request(client)) continue;
    const std::size_t end = client.in.find('\n');
    Request request{{slot_of(client), client.generation}, client.peer, client.in.substr(0, end)};
    client.in.erase(0, end + 1);
    client.is_served = true;
    client.due.reset();
    watch(client);
    return request;
  }
  return std::nullopt;
}

void ControlServer::send(ClientId client, std::string_view line, Instant now) noexcept {
  Client* const served = find(client);
  if (served == nullptr) return;
  served->out += line;
  served->out += '\n';
  if (served->watched != os::Interest::writable) {
    served->due = now + kPatience;
    write(*served, now);
  }
}

void ControlServer::end(ClientId client, Instant now) noexcept {
  Client* const served = find(client);
  if (served == nullptr) return;
  served->is_served = false;
  served->due = now + kPatience;
  watch(*served);
  close_if_done(*served);
}

bool ControlServer::is_there(ClientId client) const noexcept {
  const Client& there = clients_[client.slot];
  return there.fd && there.generation == client.generation;
}

std::size_t ControlServer::unread(ClientId client) const noexcept {
  const Client& there = clients_[client.slot];
  return is_there(client) ? there.out.size() - there.sent : 0;
}

std::size_t ControlServer::unread() const noexcept {
  std::size_t all = 0;
  for (const Client& client : clients_) all += client.out.size() - client.sent;
  return all;
}

bool ControlServer::has_requests() const noexcept {
  return open_ > 0 &&
         std::ranges::any_of(clients_, [](const Client& client) { return has_request(client); });
}

bool ControlServer::has_work() const noexcept {
  return poller_.has(os::Token::Kind::control_client) ||
         poller_.has(os::Token::Kind::control_listener) || has_requests() || deadline();
}

std::optional<Instant> ControlServer::deadline() const noexcept {
  std::optional<Instant> earliest = listen_again_at_;
  if (open_ == 0) return earliest;
  for (const Client& client : clients_) {
    if (client.fd) earliest = earlier(earliest, client.due);
  }
  return earliest;
}

bool ControlServer::has_line(const Client& client) noexcept { return client.in.contains('\n'); }

// Who has not read the last answer gets no other: what one client leaves lying concerns nobody
// else.
bool ControlServer::has_request(const Client& client) noexcept {
  const bool has_read_all = client.sent == client.out.size();
  return client.fd && !client.is_served && has_read_all && has_line(client);
}

unsigned ControlServer::slot_of(const Client& client) const noexcept {
  return static_cast<unsigned>(&client - clients_.data());
}

ControlServer::Client* ControlServer::find(ClientId client) noexcept {
  return is_there(client) ? &clients_[client.slot] : nullptr;
}

}  // namespace pmx::runtime
