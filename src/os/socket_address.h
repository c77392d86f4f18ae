// Addresses as the kernel has them (ip(7), ipv6(7)).
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <optional>

#include "base/endpoint.h"

namespace pmx::os {

class SocketAddress {
 public:
  // With room for any of an Internet protocol: the kernel fills it.
  SocketAddress() noexcept : size_(sizeof storage_) {}
  explicit SocketAddress(const Endpoint& endpoint) noexcept {
    if (endpoint.family == Endpoint::Family::v4) {
      storage_.v4.sin_family = AF_INET;
      storage_.v4.sin_port = htons(endpoint.port);
      std::memcpy(&storage_.v4.sin_addr, endpoint.address.data(), sizeof storage_.v4.sin_addr);
      size_ = sizeof storage_.v4;
    } else {
      storage_.v6.sin6_family = AF_INET6;
      storage_.v6.sin6_port = htons(endpoint.port);
      std::memcpy(&storage_.v6.sin6_addr, endpoint.address.data(), sizeof storage_.v6.sin6_addr);
      size_ = sizeof storage_.v6;
    }
  }

  [[nodiscard]] sockaddr* get() noexcept { return &storage_.any; }
  [[nodiscard]] const sockaddr* get() const noexcept { return &storage_.any; }
  [[nodiscard]] socklen_t size() const noexcept { return size_; }
  [[nodiscard]] socklen_t* room() noexcept { return &size_; }
  [[nodiscard]] int family() const noexcept { return storage_.any.sa_family; }

  // Nothing: it is one of another protocol.
  [[nodiscard]] std::optional<Endpoint> endpoint() const noexcept {
    Endpoint endpoint;
    if (family() == AF_INET) {
      endpoint.port = ntohs(storage_.v4.sin_port);
      std::memcpy(endpoint.address.data(), &storage_.v4.sin_addr, sizeof storage_.v4.sin_addr);
      return endpoint;
    }
    if (family() != AF_INET6) return std::nullopt;
    endpoint.family = Endpoint::Family::v6;
    endpoint.port = ntohs(storage_.v6.sin6_port);
    std::memcpy(endpoint.address.data(), &storage_.v6.sin6_addr, sizeof storage_.v6.sin6_addr);
    return endpoint;
  }

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_{};
  socklen_t size_ = 0;
};

}  // namespace pmx::os
