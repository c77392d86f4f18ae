// Everything that is known before the loop runs, whoever's arguments it came from.
#pragma once

#include <optional>
#include <string>

#include "core/manifest.h"
#include "os/signal_mask.h"
#include "runtime/loop.h"

namespace pmx::cli {

struct InitRequest {
  Manifest manifest;
  runtime::Surroundings surroundings;
  bool forwards_faults = false;  // as dumb-init: SIGSEGV and so on are sent on, not ours
  enum class Subreaper : unsigned char { no, yes, if_not_init } subreaper = Subreaper::no;
  std::optional<SignalNumber> parent_death_signal;
  std::string trace;  // a file; empty: none
};

// What is blocked from the first instruction on: every signal, the faults only where they are sent
// on too.
[[nodiscard]] os::SignalMask signals_to_handle(bool faults_too) noexcept;

// Runs it and ends this process. All signals to handle are blocked; `original` is the mask that we
// were started with.
[[noreturn]] void run_init(InitRequest request, os::SignalMask original);

}  // namespace pmx::cli
