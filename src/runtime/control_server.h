// The control socket: its clients, their requests line by line, and what they are answered.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "os/local_socket.h"
#include "os/poller.h"
#include "os/unique_fd.h"

namespace pmx::runtime {

// Which connection; one that has been closed is never meant again.
struct ClientId {
  unsigned slot = 0;
  std::uint32_t generation = 0;

  friend bool operator==(ClientId, ClientId) = default;
};

// Bytes only: what a request means is not known here. A client has one request at a time, and what
// it does not read is kept within a bound. Nobody waits for a client.
class ControlServer {
 public:
  static constexpr std::size_t kMostClients = 128;
  static constexpr Duration kPatience{10'000};  // for a whole request, and for a reply to be taken

  ControlServer(os::UniqueFd listener, os::Poller& poller);

  // Accepts, reads and writes what there is.
  void pump(Instant now) noexcept;

  // Someone's whole request, without its newline, if there is one: until end() nothing more is
  // read from that client.
  struct Request {
    ClientId client;
    os::PeerCredentials peer;
    std::string line;
  };
  [[nodiscard]] std::optional<Request> take_request();

  // One line of a reply; the newline is added. To nobody when the client has gone.
  void send(ClientId client, std::string_view line, Instant now) noexcept;
  // Its request has been answered.
  void end(ClientId client, Instant now) noexcept;

  [[nodiscard]] bool is_there(ClientId client) const noexcept;
  // Bytes that it, or all together, have not read yet.
  [[nodiscard]] std::size_t unread(ClientId client) const noexcept;
  [[nodiscard]] std::size_t unread() const noexcept;
  // Requests wait that take_request() did not give yet.
  [[nodiscard]] bool has_requests() const noexcept;
  [[nodiscard]] bool has_work() const noexcept;
  [[nodiscard]] std::optional<Instant> deadline() const noexcept;

 private:
  struct Client {
    os::UniqueFd fd;
    os::PeerCredentials peer;
    std::uint32_t generation = 0;
    std::string in;
    std::string out;
    std::size_t sent = 0;    // of `out`
    bool is_served = false;  // its request is being worked on
    bool has_ended = false;  // it sends no more
    std::optional<os::Interest> watched;
    std::optional<Instant> due;
  };

  void listen(Instant now) noexcept;
  void accept_all(Instant now) noexcept;
  void take_in(os::UniqueFd fd, Instant now) noexcept;
  void read(Client& client, Instant now) noexcept;
  void write(Client& client, Instant now) noexcept;
  void watch(Client& client) noexcept;
  void hang_up(Client& client) noexcept;
  void close(Client& client) noexcept;
  void close_if_done(Client& client) noexcept;
  void expire(Instant now) noexcept;
  [[nodiscard]] static bool has_line(const Client& client) noexcept;
  [[nodiscard]] static bool has_request(const Client& client) noexcept;
  [[nodiscard]] unsigned slot_of(const Client& client) const noexcept;
  [[nodiscard]] Client* find(ClientId client) noexcept;

  os::UniqueFd listener_;
  os::Poller& poller_;
  bool listens_ = false;                    // watched
  std::optional<Instant> listen_again_at_;  // where that was not possible
  std::uint32_t generations_ = 0;
  std::size_t open_ = 0;  // clients
  std::array<Client, kMostClients> clients_;
};

}  // namespace pmx::runtime
