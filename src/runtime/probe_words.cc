#include "runtime/probe_words.h"

#include "base/concat.h"
#include "base/signals.h"
#include "os/os_error.h"

namespace pmx::runtime {

std::string describe_probe_result(ProbeResult result) {
  using enum ProbeResult::Kind;
  switch (result.kind) {
    case none:
      return "nobody has been asked yet";
    case good:
      return "it works";
    case not_asked:
      return concat("the probe could not be made: ", os::describe_errno(result.number));
    case timed_out:
      return "no answer in time";
    case unreachable:
      return os::describe_errno(result.number);
    case closed:
      return "the connection was closed without an answer";
    case bad_status:
      return concat("HTTP status ", result.number);
    case not_http:
      return "the answer is not HTTP";
    case exited:
      return concat("the command exited with code ", result.number);
    case ended:
      return concat("the command was ended by ", signal_name(SignalNumber{result.number}));
    case cannot_run:
      return concat("the command cannot be run: ", os::describe_errno(result.number));
    case not_fed:
      return "no WATCHDOG=1 came in time";
    case triggered:
      return "it said WATCHDOG=trigger";
  }
  return {};
}

}  // namespace pmx::runtime
