// Asks instances how they are: over a connection, or by a command. One question at a time each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/endpoint.h"
#include "base/ids.h"
#include "core/probe.h"
#include "core/roster.h"
#include "os/poller.h"
#include "os/signal_mask.h"
#include "runtime/inbox.h"
#include "runtime/probe_connection.h"

namespace pmx::runtime {

class Prober {
 public:
  // Roster and poller must outlive it; commands get the mask.
  Prober(const Roster& roster, os::Poller& poller, os::SignalMask mask)
      : roster_(roster), poller_(poller), mask_(mask), questions_(roster.size()) {}

  // For more instances than before.
  void make_room(std::size_t instances) { questions_.resize(instances); }

  // The process that it took, if any: the leader of a session. Every answer comes by report().
  std::optional<Pid> start(InstanceId instance, ProbePurpose purpose) noexcept;
  // No answer will come. A command that is still running is killed, with all of its group.
  void stop(InstanceId instance) noexcept;

  // In place of start(): as a port where nobody listens.
  void refuse(InstanceId instance) noexcept;
  // The port where the instance is asked, if it is.
  [[nodiscard]] std::optional<std::uint16_t> port_of(InstanceId instance,
                                                     ProbePurpose purpose) const noexcept;
  // Whom the connection from this address asks, if it is one of ours.
  [[nodiscard]] std::optional<InstanceId> asked_from(const Endpoint& address) const noexcept;

  // Connections that are ready.
  [[gnu::noinline]] void pump() noexcept;
  // A process has been reaped. False: it is no probe's.
  [[nodiscard]] bool ended(Pid pid, ExitStatus status) noexcept;

  // Puts answers into the inbox, as far as there is room.
  [[gnu::noinline]] void report(Inbox& inbox) noexcept;
  [[nodiscard]] bool has_answers() const noexcept;

 private:
  struct Command {
    Pid pid;
    bool is_awaited;  // else it was killed, and has only to be reaped
  };
  struct Question {
    ProbeConnection connection;
    std::shared_ptr<const App> app{};  // whose probe it is
    std::optional<Command> command{};
    std::optional<ProbeResult> answer{};
  };

  [[nodiscard]] Question& question_of(InstanceId instance);
  std::optional<Pid> ask(Question& question, InstanceId instance, const Probe& probe) noexcept;
  std::optional<Pid> run(Question& question, InstanceId instance, const ExecProbe& probe) noexcept;
  [[nodiscard]] std::unique_ptr<Question>& at(InstanceId instance) noexcept {
    return questions_[static_cast<std::size_t>(instance)];
  }

  const Roster& roster_;
  os::Poller& poller_;
  os::SignalMask mask_;
  std::vector<std::unique_ptr<Question>> questions_;  // by instance; of who was ever asked
  std::uint32_t generations_ = 0;
};

}  // namespace pmx::runtime
