// Whether nearly all clients have one address, as behind a proxy.
#pragma once

#include <cstdint>
#include <utility>

namespace pmx {

class ClientCensus {
 public:
  static constexpr unsigned kOf = 1'000;
  static constexpr unsigned kMost = 900;

  // `client` stands for an address. True once: of kOf in a row more than kMost had that of the
  // first.
  [[nodiscard]] bool count(std::uint64_t client) noexcept {
    if (counted_++ == 0) first_ = client;
    if (client == first_) ++same_;
    if (counted_ < kOf) return false;
    const bool is_one_sided = same_ > kMost;
    counted_ = same_ = 0;
    return is_one_sided && !std::exchange(has_told_, true);
  }

 private:
  std::uint64_t first_ = 0;
  unsigned counted_ = 0;
  unsigned same_ = 0;
  bool has_told_ = false;
};

}  // namespace pmx
