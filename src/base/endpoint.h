// An address of the Internet protocols and a port, as numbers.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace pmx {

struct Endpoint {
  enum class Family : unsigned char { v4, v6 };
  Family family = Family::v4;
  std::uint16_t port = 0;
  std::array<std::uint8_t, 16> address{};  // in network order; of v4 the first four

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// An address of IPv4 that is written as one of IPv6 (::ffff:0:0/96, RFC 4291, 2.5.5.2), as itself.
[[nodiscard]] constexpr Endpoint unmapped(const Endpoint& endpoint) noexcept {
  constexpr std::array<std::uint8_t, 12> kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const auto& address = endpoint.address;
  const bool is_mapped = endpoint.family == Endpoint::Family::v6 &&
                         std::equal(kPrefix.begin(), kPrefix.end(), address.begin());
  if (!is_mapped) return endpoint;
  Endpoint plain{.port = endpoint.port};
  std::copy(address.begin() + kPrefix.size(), address.end(), plain.address.begin());
  return plain;
}

}  // namespace pmx
