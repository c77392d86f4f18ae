#include "core/signal_policy.h"

#include <algorithm>
#include <cstddef>

namespace pmx {
namespace {

constexpr std::array kFaults{kSigIll, kSigTrap, kSigAbrt, kSigBus, kSigFpe, kSigSegv, kSigSys};

constexpr std::size_t index(SignalNumber signal) noexcept {
  return static_cast<std::size_t>(number(signal));
}

// All but those that nobody can receive, and SIGCHLD, which tells us about our own children.
SignalPolicy forward_all_but_ours() noexcept {
  SignalPolicy policy;
  for (int n = 1; n <= kSignalCount; ++n) {
    policy.forward_as[static_cast<std::size_t>(n)] = static_cast<std::uint8_t>(n);
  }
  for (const SignalNumber ours : {kSigChld, kSigKill, kSigStop}) {
    rewrite(policy, ours, SignalNumber{0});
  }
  return policy;
}

}  // namespace

SignalPolicy forward_everything() noexcept {
  SignalPolicy policy = forward_all_but_ours();
  for (const SignalNumber fault : kFaults) rewrite(policy, fault, SignalNumber{0});
  for (const SignalNumber about_us : {kSigTtin, kSigTtou}) {
    rewrite(policy, about_us, SignalNumber{0});
  }
  return policy;
}

SignalPolicy forward_to_session(bool session) noexcept {
  SignalPolicy policy = forward_all_but_ours();
  if (session) policy.scope = SignalScope::group;
  for (const SignalNumber stop : {kSigTstp, kSigTtin, kSigTtou}) {
    if (session) rewrite(policy, stop, kSigStop);
    policy.halts_us[index(stop)] = true;
  }
  return policy;
}

SignalPolicy supervise() noexcept {
  SignalPolicy policy;
  policy.meaning.fill(SignalMeaning::ignore);
  for (const SignalNumber stop : {kSigTerm, kSigInt, kSigQuit}) {
    policy.meaning[index(stop)] = SignalMeaning::stop;
  }
  policy.meaning[index(kSigHup)] = SignalMeaning::apply;
  for (const SignalNumber sent_on : {kSigUsr1, kSigUsr2, kSigWinch, kSigCont}) {
    policy.meaning[index(sent_on)] = SignalMeaning::forward;
    rewrite(policy, sent_on, sent_on);
  }
  return policy;
}

bool is_fault(SignalNumber signal) noexcept {
  return std::ranges::find(kFaults, signal) != kFaults.end();
}

bool can_ask(SignalNumber signal) noexcept {
  return !is_fault(signal) && signal != kSigKill && signal != kSigStop && signal != kSigChld;
}

void give_meaning(SignalPolicy& policy, SignalNumber signal, SignalMeaning meaning) noexcept {
  policy.meaning[index(signal)] = meaning;
  rewrite(policy, signal, meaning == SignalMeaning::forward ? signal : SignalNumber{0});
}

void rewrite(SignalPolicy& policy, SignalNumber from, SignalNumber to) noexcept {
  policy.forward_as[index(from)] = static_cast<std::uint8_t>(number(to));
}

SignalNumber forwarded_as(const SignalPolicy& policy, SignalNumber signal) noexcept {
  return SignalNumber{policy.forward_as[index(signal)]};
}

SignalMeaning meaning_of(const SignalPolicy& policy, SignalNumber signal) noexcept {
  return policy.meaning[index(signal)];
}

bool halts_us(const SignalPolicy& policy, SignalNumber signal) noexcept {
  return policy.halts_us[index(signal)];
}

}  // namespace pmx
