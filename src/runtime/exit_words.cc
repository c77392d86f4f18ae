#include "runtime/exit_words.h"

#include <string_view>

#include "base/concat.h"
#include "base/signals.h"

namespace pmx::runtime {

Sentence ending_words(ExitStatus status, Role role) noexcept {
  const std::string_view who = role == Role::app ? std::string_view{} : name_of(kRoles, role);
  const std::string_view gap = who.empty() ? "" : " ";
  if (status.signal != 0)
    return Sentence(who, gap, "was ended by ", signal_name(SignalNumber{status.signal}));
  return Sentence(who, gap, "exited with code ", status.code);
}

Sentence sequel_words(const Sequel& next) noexcept {
  switch (next.kind) {
    case Sequel::Kind::nothing:
      return Sentence();
    case Sequel::Kind::restart: {
      const Sentence row(", ", next.short_in_a_row, " short runs in a row");
      return Sentence(", restart ", next.restart, " in ", next.delay.count(), " ms",
                      next.short_in_a_row > 1 ? row.text() : std::string_view{});
    }
    case Sequel::Kind::give_up:
      if (next.unstable_in_a_row == 1) {
        return Sentence("; given up after a run that ended before min_uptime");
      }
      return Sentence("; given up after ", next.unstable_in_a_row,
                      " runs in a row that ended before min_uptime");
  }
  return Sentence();
}

std::string reload_failure_words(ReloadFailure why, Duration listen_timeout) {
  switch (why) {
    case ReloadFailure::ended:
      return "its successor ended before it was ready";
    case ReloadFailure::not_ready:
      return concat("its successor was not ready after ", listen_timeout.count(),
                    " ms (listen_timeout)");
    case ReloadFailure::unwanted:
      return "its successor is not wanted any more";
    case ReloadFailure::halted:
      return "the successor of another instance did not become ready";
    case ReloadFailure::blocked:
      return "what its successor depends on has failed or was stopped";
  }
  return {};
}

}  // namespace pmx::runtime
