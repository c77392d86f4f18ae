#include "core/client_census.h"

#include <doctest/doctest.h>

namespace pmx {
namespace {

// How often it says so, of so many connections, where each `nth` comes from elsewhere.
int told(int connections, int nth) {
  ClientCensus census;
  int count = 0;
  for (int i = 1; i <= connections; ++i) {
    const bool is_other = i % nth == 0;
    if (census.count(is_other ? static_cast<std::uint64_t>(i) : 0)) ++count;
  }
  return count;
}

TEST_CASE("one address is told once") { CHECK(told(5'000, 10'000) == 1); }

TEST_CASE("more than 900 of 1,000 are one-sided, and 900 are not") {
  CHECK(told(1'000, 11) == 1);   // 910
  CHECK(told(10'000, 10) == 0);  // 900
}

TEST_CASE("it does not matter who is the first") {
  ClientCensus census;
  bool is_told = census.count(1);
  for (int i = 1; i < 1'000; ++i) is_told |= census.count(0);
  CHECK(is_told);
}

TEST_CASE("of fewer than 1,000 nothing is said") { CHECK(told(999, 10'000) == 0); }

}  // namespace
}  // namespace pmx
