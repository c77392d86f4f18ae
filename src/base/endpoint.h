// An address of the Internet protocols and a port, as numbers.
#pragma once

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

}  // namespace pmx
