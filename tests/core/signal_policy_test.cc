#include "core/signal_policy.h"

#include <doctest/doctest.h>

#include <set>

namespace pmx {
namespace {

const std::set<int> kNeverReceived{9, 19};
const std::set<int> kFaults{4, 5, 6, 7, 8, 11, 31};

TEST_CASE("everything is sent on as it is, but SIGCHLD, faults and what nobody receives") {
  std::set<int> swallowed = kNeverReceived;
  swallowed.insert(kFaults.begin(), kFaults.end());
  swallowed.insert({17, 21, 22});
  const SignalPolicy policy = forward_everything();
  for (int n = 1; n <= kSignalCount; ++n) {
    CAPTURE(n);
    const SignalNumber expected{swallowed.contains(n) ? 0 : n};
    CHECK(forwarded_as(policy, SignalNumber{n}) == expected);
    CHECK(!halts_us(policy, SignalNumber{n}));
  }
  CHECK(policy.scope == SignalScope::process);
}

TEST_CASE("to a session the whole group gets everything, and the terminal's stops become SIGSTOP") {
  const SignalPolicy policy = forward_to_session(true);
  const std::set<int> stops{20, 21, 22};
  for (int n = 1; n <= kSignalCount; ++n) {
    CAPTURE(n);
    const bool is_ours = n == 17 || kNeverReceived.contains(n);
    const SignalNumber expected{is_ours ? 0 : stops.contains(n) ? 19 : n};
    CHECK(forwarded_as(policy, SignalNumber{n}) == expected);
    CHECK(halts_us(policy, SignalNumber{n}) == stops.contains(n));
  }
  CHECK(policy.scope == SignalScope::group);
}

TEST_CASE("without a session of its own the child gets the terminal's stops themselves") {
  const SignalPolicy policy = forward_to_session(false);
  for (const SignalNumber stop : {kSigTstp, kSigTtin, kSigTtou}) {
    CHECK(forwarded_as(policy, stop) == stop);
    CHECK(halts_us(policy, stop));
  }
  CHECK(forwarded_as(policy, kSigTerm) == kSigTerm);
  CHECK(!halts_us(policy, kSigTerm));
  CHECK(policy.scope == SignalScope::process);
}

TEST_CASE("a rewritten signal changes, the others do not") {
  SignalPolicy policy = forward_everything();
  rewrite(policy, kSigTerm, kSigQuit);
  rewrite(policy, SignalNumber{64}, SignalNumber{34});
  rewrite(policy, kSigHup, SignalNumber{0});
  CHECK(forwarded_as(policy, kSigTerm) == kSigQuit);
  CHECK(forwarded_as(policy, SignalNumber{64}) == SignalNumber{34});
  CHECK(forwarded_as(policy, kSigHup) == SignalNumber{0});
  CHECK(forwarded_as(policy, kSigQuit) == kSigQuit);
  CHECK(forwarded_as(policy, kSigInt) == kSigInt);
}

TEST_CASE("faults are those signals that the kernel raises against a program") {
  for (int n = 1; n <= kSignalCount; ++n) {
    CAPTURE(n);
    CHECK(is_fault(SignalNumber{n}) == kFaults.contains(n));
  }
}

}  // namespace
}  // namespace pmx
