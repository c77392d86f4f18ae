// All instances, and PID 1 around them: an event in, effects out, and when time matters next.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.h"
#include "core/effect.h"
#include "core/ending.h"
#include "core/event.h"
#include "core/instance.h"
#include "core/manifest.h"

namespace pmx {

// Allocates only when constructed. The manifest must outlive it.
class Supervisor {
 public:
  explicit Supervisor(const Manifest& manifest);

  void handle(const Event& event, Instant now, Effects& effects) noexcept;

  // When DeadlinePassed is due; nothing: never.
  [[nodiscard]] std::optional<Instant> deadline() const noexcept;

  // The process that the instance has now, if any.
  [[nodiscard]] std::optional<Pid> pid_of(InstanceId instance) const noexcept;

 private:
  struct Member {
    Instance instance;
    SignalNumber asked_with{};  // the last signal that was sent on to it
  };
  struct Moment {
    Instant now;
    Effects& effects;
  };

  void on(const Began&, Moment&) noexcept;
  void on(const SignalReceived&, Moment&) noexcept;
  void on(const Spawned&, Moment&) noexcept;
  void on(const SpawnFailed&, Moment&) noexcept;
  void on(const Exited&, Moment&) noexcept;
  void on(const Halted&, Moment&) noexcept;
  void on(const NobodyLeft&, Moment&) noexcept;
  void on(const DeadlinePassed&, Moment&) noexcept;

  void tell(std::size_t index, const InstanceEvent& event, Moment& moment) noexcept;
  void end_if_all_rest(std::optional<Pid> last, ExitStatus status, Moment& moment) noexcept;
  void end(std::optional<Pid> last, int code, Moment& moment) noexcept;

  const Manifest& manifest_;
  std::vector<Member> members_;  // one for each instance, by InstanceId
  Ending ending_ = NotEnding{};
};

}  // namespace pmx
