// Where a worker of a Node cluster asks to listen.
#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "base/endpoint.h"

namespace pmx {

inline constexpr std::size_t kLongestSocketPath = 107;  // of sockaddr_un, unix(7)

struct ListenRequest {
  enum class Kind : unsigned char {
    stream,
    datagram,
    handed,  // a descriptor: the one of this number among the app's `sockets`
  };
  Kind kind = Kind::stream;
  std::variant<Endpoint, std::string> address;  // or the path of a Unix socket, or who is handed
  bool takes_v4 = false;                        // an address of IPv6: what comes by IPv4 too
  bool reuses_address = false;                  // datagrams: others may have it as well
  int descriptor = -1;                          // as LISTEN_FDS counts them, from 3
  unsigned index = 0;                           // tells several of port 0 apart
  unsigned backlog = 511;
  unsigned rights_of_all = 0;  // on the file of a path, beside those it has anyhow: 0444, 0222

  // Workers that ask for the same share one socket.
  [[nodiscard]] bool is_same_place(const ListenRequest& other) const noexcept {
    const auto* const endpoint = std::get_if<Endpoint>(&address);
    const bool is_any_port = endpoint != nullptr && endpoint->port == 0;
    return kind == other.kind && address == other.address && takes_v4 == other.takes_v4 &&
           descriptor == other.descriptor && (!is_any_port || index == other.index);
  }
};

}  // namespace pmx
