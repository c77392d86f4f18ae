// Whether nearly all clients have one address, as behind a proxy.
#pragma once

#include <cstdint>
#include <utility>

namespace pmx {

class ClientCensus {
 public:
  static constexpr unsigned kOf = 1'000;
  static constexpr unsigned kMost = 900;

  // `client` stands for an address. True once: of kOf in a row more than kMost had the same. (Those
  // before a majority is known are not all counted: a few more may be needed.)
  [[nodiscard]] bool count(std::uint64_t client) noexcept {
    if (lead_ == 0) candidate_ = client, same_ = 0;  // Boyer and Moore's majority vote
    const bool is_theirs = client == candidate_;
    lead_ += is_theirs ? 1 : -1;
    same_ += is_theirs ? 1 : 0;
    if (++counted_ < kOf) return false;
    const bool is_one_sided = same_ > kMost;
    counted_ = same_ = 0;
    lead_ = 0;
    return is_one_sided && !std::exchange(has_told_, true);
  }

 private:
  std::uint64_t candidate_ = 0;
  int lead_ = 0;
  unsigned counted_ = 0;
  unsigned same_ = 0;
  bool has_told_ = false;
};

}  // namespace pmx
