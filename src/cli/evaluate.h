// What a *.config.js says: evaluated by the container's own node, in a process of its own.
#pragma once

#include <expected>
#include <string>

#include "base/time.h"
#include "core/problem.h"
#include "os/signal_mask.h"

namespace pmx::cli {

// Why there is no answer: a sentence, with what node said where it said something; or the signal
// that asked us to stop meanwhile.
struct EvaluationFailure {
  std::string sentence;
  int signal = 0;
  Mark mark = {};  // where in the file it happened, if that is known
};

// The value that the file exports, as JSON. Where the file has set variables of its environment:
// {"file": …, "environment": {"NAME": "value"}, "exported": that value}. All signals to handle are
// blocked; `child_mask` is what the evaluating process gets. It must be done within `patience`.
// Nothing of it is left when this returns.
inline constexpr Duration kEvaluationPatience{30'000};
[[nodiscard]] std::expected<std::string, EvaluationFailure> evaluate_config(
    const std::string& path, os::SignalMask child_mask, Duration patience = kEvaluationPatience);

}  // namespace pmx::cli
