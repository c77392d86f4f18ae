#include "os/poller.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "os/clock.h"
#include "os/pipe.h"
#include "os/process.h"

namespace pmx::os {
namespace {

using namespace std::chrono_literals;

constexpr Token kPipe{Token::Kind::child_output, 3, 7};

// These two signals, blocked for as long as it lives.
class Blocked {
 public:
  Blocked() : before_(mask_.install()) { REQUIRE(before_); }
  Blocked(const Blocked&) = delete;
  Blocked& operator=(const Blocked&) = delete;
  ~Blocked() { static_cast<void>(before_->install()); }
  [[nodiscard]] SignalMask mask() const { return mask_; }

 private:
  static SignalMask both() {
    SignalMask mask = SignalMask::all();
    for (int n = 1; n <= kSignalCount; ++n) {
      const SignalNumber signal{n};
      if (signal != kSigUsr1 && signal != kSigUsr2) mask = mask.without(signal);
    }
    return mask;
  }
  SignalMask mask_ = both();
  std::expected<SignalMask, OsError> before_;
};

TEST_CASE("without a descriptor it tells of signals, with their sender") {
  const Blocked signals;
  Poller poller(signals.mask());
  ::kill(::getpid(), SIGUSR1);
  ::kill(::getpid(), SIGUSR2);
  for (const SignalNumber wanted : {kSigUsr1, kSigUsr2}) {
    poller.wait_until(std::nullopt);
    REQUIRE(poller.signals().size() == 1);
    CHECK(poller.signals()[0].number == wanted);
    CHECK(poller.signals()[0].sender == own_pid());
    CHECK(poller.has_only_signals());
  }
  poller.wait_until(Instant{});
  CHECK(poller.signals().empty());
  CHECK(!poller.has_only_signals());
}

TEST_CASE("without a deadline it sleeps until a signal comes") {
  const Blocked signals;
  Poller poller(signals.mask());
  sigevent tell{};
  tell.sigev_notify = SIGEV_SIGNAL;
  tell.sigev_signo = SIGUSR1;
  timer_t timer{};
  REQUIRE(::timer_create(CLOCK_MONOTONIC, &tell, &timer) == 0);
  const itimerspec soon{{}, {0, 20'000'000}};
  REQUIRE(::timer_settime(timer, 0, &soon, nullptr) == 0);
  poller.wait_until(std::nullopt);
  ::timer_delete(timer);
  REQUIRE(poller.signals().size() == 1);
  CHECK(poller.signals()[0].number == kSigUsr1);
}

TEST_CASE("with a descriptor it tells of both at once") {
  const Blocked signals;
  Poller poller(signals.mask());
  auto pipe = make_pipe();
  REQUIRE(pipe);
  REQUIRE(poller.watch(pipe->read_end.get(), Interest::readable, kPipe));
  ::kill(::getpid(), SIGUSR2);
  REQUIRE(::write(pipe->write_end.get(), "x", 1) == 1);
  poller.wait_until(std::nullopt);
  REQUIRE(poller.signals().size() == 1);
  CHECK(poller.signals()[0].number == kSigUsr2);
  CHECK(poller.signals()[0].sender == own_pid());
  int told = 0;
  poller.each(Token::Kind::child_output, [&](Token token) { told += token == kPipe ? 1 : 100; });
  CHECK(told == 1);

  poller.unwatch(pipe->read_end.get());
  poller.wait_until(Instant{});
  CHECK(!poller.has(Token::Kind::child_output));
  CHECK(poller.signals().empty());
  CHECK(!poller.has_only_signals());
  char byte = 0;
  REQUIRE(::read(pipe->read_end.get(), &byte, 1) == 1);
  ::kill(::getpid(), SIGUSR1);
  poller.wait_until(std::nullopt);
  CHECK(poller.has_only_signals());
}

TEST_CASE("a deadline ends the sleep, and has passed then") {
  const Blocked signals;
  auto pipe = make_pipe();
  REQUIRE(pipe);
  for (const bool watches : {false, true}) {
    Poller poller(signals.mask());
    if (watches) REQUIRE(poller.watch(pipe->read_end.get(), Interest::readable, kPipe));
    const Instant deadline = monotonic_now() + 30ms;
    poller.wait_until(deadline);
    CHECK(monotonic_now() >= deadline);
    CHECK(poller.signals().empty());
  }
}

}  // namespace
}  // namespace pmx::os
