// A socket that listens before its app is there, and stays when a process of the app ends.
#pragma once

#include <string>
#include <variant>

#include "base/endpoint.h"

namespace pmx {

struct ListeningSocket {
  std::string text;                             // as it was written: "127.0.0.1:3000"
  std::string name;                             // for LISTEN_FDNAMES, without a colon
  std::variant<Endpoint, std::string> address;  // or a Unix one: "/run/app.sock", "@app"
  bool is_any_address = false;                  // of IPv4 too, where the endpoint is one of IPv6
  unsigned backlog = 511;                       // as Node's

  friend bool operator==(const ListeningSocket&, const ListeningSocket&) = default;
};

}  // namespace pmx
