#include "core/connection_rate.h"

#include <doctest/doctest.h>

namespace pmx {
namespace {

using namespace std::chrono_literals;

// So many at once, every 10 ms, for a second that begins then.
void come(ConnectionRate& rate, Instant since, int many) {
  for (Duration passed = 0ms; passed < 1s; passed += 10ms) {
    for (int i = 0; i < many; ++i) rate.count(since + passed);
  }
}

constexpr Instant kStart{1h};

TEST_CASE("2,000 a second are many, and fewer are not") {
  ConnectionRate rate;
  CHECK(!rate.is_high());
  come(rate, kStart, 19);
  CHECK(!rate.is_high());
  come(rate, kStart + 1s, 20);
  CHECK(rate.is_high());
  come(rate, kStart + 2s, 19);
  CHECK(!rate.is_high());
}

TEST_CASE("a moment is no rate") {
  ConnectionRate rate;
  come(rate, kStart, 1);
  for (int i = 0; i < 10'000; ++i) rate.count(kStart + 995ms);
  CHECK(!rate.is_high());
}

TEST_CASE("the first after a rest is one of few") {
  ConnectionRate rate;
  come(rate, kStart, 100);
  CHECK(rate.is_high());
  rate.count(kStart + 1min);
  CHECK(!rate.is_high());
}

}  // namespace
}  // namespace pmx
