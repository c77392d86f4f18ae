// How the instances of a clustered app share its connections, and how they take over from each
// other.
#pragma once

#include <array>

#include "base/named.h"
#include "base/time.h"

namespace pmx {

enum class Balance : unsigned char {
  round_robin,  // one after the other
  least,        // whoever has fewest that it has not taken yet, then fewest of all
  sticky,       // the same client address, the same worker
  shared,       // all accept from one socket
  reuse_port,   // each accepts from a socket of its own
};

inline constexpr std::array<Named<Balance>, 5> kBalances{{{"rr", Balance::round_robin},
                                                          {"least", Balance::least},
                                                          {"sticky", Balance::sticky},
                                                          {"shared", Balance::shared},
                                                          {"reuseport", Balance::reuse_port}}};

inline constexpr unsigned kMostParallel = 1'000;

struct ClusterPolicy {
  Balance balance = Balance::round_robin;
  Duration drain_timeout{10'000};  // so long one that is replaced may finish what it has begun
  unsigned parallel = 1;           // so many are replaced at once, at most kMostParallel
  bool has_preload = true;         // workers are told how to finish without cutting off clients

  friend bool operator==(const ClusterPolicy&, const ClusterPolicy&) = default;
};

}  // namespace pmx
