// All instances, and PID 1 around them: an event in, effects out, and when time matters next.
#pragma once

#include <cstddef>
#include <optional>
#include <variant>

#include "base/time.h"
#include "core/dependencies.h"
#include "core/effect.h"
#include "core/ending.h"
#include "core/event.h"
#include "core/manifest.h"
#include "core/members.h"
#include "core/verdict.h"

namespace pmx {

// Allocates only when constructed, and when the manifest changes.
class Supervisor {
 public:
  explicit Supervisor(Manifest manifest);

  void handle(const Event& event, Instant now, Effects& effects) noexcept;
  // No event is answered by more effects than this.
  [[nodiscard]] std::size_t most_effects() const noexcept { return 8 + 12 * members_.size(); }

  // When DeadlinePassed is due; nothing: never.
  [[nodiscard]] std::optional<Instant> deadline() const noexcept;

  // The apps are not in it, but in the roster.
  [[nodiscard]] const Manifest& manifest() const noexcept { return manifest_; }
  [[nodiscard]] const Roster& roster() const noexcept { return members_.roster(); }
  [[nodiscard]] const Member& member(InstanceId instance) const noexcept {
    return members_[instance];
  }
  [[nodiscard]] bool is_stopping() const noexcept {
    return stopping_ || !std::holds_alternative<NotEnding>(ending_);
  }
  // It will stop everything; until then all goes on.
  [[nodiscard]] bool is_draining() const noexcept { return drained_at_.has_value(); }
  // The process that the instance has now, if any.
  [[nodiscard]] std::optional<Pid> pid_of(InstanceId instance) const noexcept;
  // As a change would have to say it if nothing were to change.
  [[nodiscard]] std::vector<App> wanted_apps() const;
  // Who was started to take its place, as long as it is still there; null: nobody.
  [[nodiscard]] const Member* successor_of(InstanceId instance) const noexcept {
    return members_.successor_of(instance);
  }
  // So many apps, one above the other, does it depend on.
  [[nodiscard]] std::size_t depth_of(InstanceId instance) const noexcept {
    return dependencies_.depth_of(members_[instance].place->app_index);
  }
  // How often the manifest was changed.
  [[nodiscard]] unsigned changes() const noexcept { return changes_; }
  // Whose code PID 1's is; nobody while that is not known, and where all ended well.
  [[nodiscard]] std::optional<InstanceId> decided_by() const noexcept {
    return verdict_ ? verdict_->by : std::nullopt;
  }
  // It is up, as far as it must be, and has not said that it is about to end.
  [[nodiscard]] bool is_ready(InstanceId instance) const noexcept {
    return members_[instance].is_ready();
  }

 private:
  struct Moment {
    Instant now;
    Effects& effects;
  };
  // Everything is being stopped, in reverse order of dependency.
  struct StoppingAll {
    Instant due;  // then all that are left are killed; once they are, we no longer wait for them
    bool killed = false;
    bool is_at_once = false;  // asked for twice
    bool is_hurried = false;  // no client is waited for
  };

  // What few events lead to is never inlined: a signal that is sent on finds all code cold.
  void on(const Began&, Moment&) noexcept;
  void on(const SignalReceived&, Moment&) noexcept;
  void on(const Spawned&, Moment&) noexcept;
  void on(const SpawnFailed&, Moment&) noexcept;
  void on(const Ready&, Moment&) noexcept;
  void on(const ProbeAnswered&, Moment&) noexcept;
  void on(const WatchdogFed&, Moment&) noexcept;
  void on(const WatchdogTriggered&, Moment&) noexcept;
  void on(const StoppingSaid&, Moment&) noexcept;
  void on(const DrainDone&, Moment&) noexcept;
  void on(const Exited&, Moment&) noexcept;
  void on(const TreeCleared&, Moment&) noexcept;
  void on(const MemoryMeasured&, Moment&) noexcept;
  void on(const Halted&, Moment&) noexcept;
  void on(const NobodyLeft&, Moment&) noexcept;
  void on(const DeadlinePassed&, Moment&) noexcept;
  void on(const TimeCame&, Moment&) noexcept;
  void on(const StartAsked&, Moment&) noexcept;
  void on(const StopAsked&, Moment&) noexcept;
  void on(const RestartAsked&, Moment&) noexcept;
  void on(const ReloadAsked&, Moment&) noexcept;
  void on(const ResetAsked&, Moment&) noexcept;
  void on(const SignalAsked&, Moment&) noexcept;
  void on(const ShutdownAsked&, Moment&) noexcept;
  void on(const ManifestChanged&, Moment&) noexcept;

  // supervisor.cc
  void tell(Member& member, const InstanceEvent& event, Moment& moment) noexcept;
  void heed(Member& member, const Spawn&, Moment&) noexcept;
  void heed(Member& member, const Signal&, Moment&) noexcept;
  void heed(Member& member, const SayShutdown&, Moment&) noexcept;
  void heed(Member& member, const SignalTree&, Moment&) noexcept;
  void heed(Member& member, const Drain&, Moment&) noexcept;
  void heed(Member& member, const CameOnline&, Moment&) noexcept;
  void heed(Member& member, const NotReady&, Moment&) noexcept;
  void heed(Member& member, const WentDown&, Moment&) noexcept;
  void heed(Member& member, const FailedToStart&, Moment&) noexcept;
  [[nodiscard]] Sequel sequel_of(const Member& member, const Outcome& outcome,
                                 Instant now) const noexcept;
  [[nodiscard]] ExitStatus status_of_app(std::size_t app_index) const noexcept;
  void forward(SignalNumber received, Moment& moment) noexcept;
  [[nodiscard]] bool start_who_may(Moment& moment) noexcept;
  [[nodiscard, gnu::noinline]] bool start_or_refuse(Member& member, Moment& moment) noexcept;
  void replace_all(Moment& moment) noexcept;
  void note_request(Member& member, SignalNumber signal, Moment& moment) noexcept;
  void note_end(Member& member, ExitStatus status) noexcept;

  // supervisor_requests.cc
  [[nodiscard]] Member* who_has_place_of(InstanceId instance) noexcept;
  void release(Member& member) noexcept;
  [[nodiscard]] bool begin_to_wait(Member& member) noexcept;

  // supervisor_hooks.cc
  [[nodiscard]] Prospect prospect_of_pre_start(Member& member) noexcept;
  [[nodiscard]] Member* finisher_of(std::size_t app_index) noexcept;
  void finish(Member& finisher, Moment& moment) noexcept;
  [[nodiscard, gnu::noinline]] bool finish_all(Moment& moment) noexcept;

  // supervisor_checkups.cc
  void follow(Member& member, Moment& moment) noexcept;
  void examine(Member& member, const CheckupEvent& event, Moment& moment) noexcept;
  void heed(Member& member, const AskProbe&, Moment&) noexcept;
  void heed(Member& member, const DropProbe&, Moment&) noexcept;
  void heed(Member& member, const FoundReady&, Moment&) noexcept;
  void heed(Member& member, const FoundUnhealthy&, Moment&) noexcept;

  // supervisor_change.cc
  [[nodiscard]] std::vector<std::shared_ptr<const App>> leftovers(const std::vector<App>& wanted);
  void seat(std::size_t app_index, std::vector<InstanceId> own, const ManifestChanged& how,
            Moment& moment) noexcept;
  void keep_or_replace(Member& member, std::size_t app_index, const ManifestChanged& how,
                       Moment& moment) noexcept;
  [[nodiscard]] bool keep_or_give_up_successor(Member& member,
                                               const std::shared_ptr<const App>& app,
                                               Moment& moment) noexcept;
  void add(std::size_t app_index, unsigned number, bool starts) noexcept;
  void remove(Member& member, Moment& moment) noexcept;
  void note_change(Member& member, Change::Kind kind) noexcept;
  void take_next_app(Member& member) noexcept;
  [[gnu::noinline]] void let_go(Moment& moment) noexcept;
  void leave(Member& member, Moment& moment) noexcept;
  void vacate(Member& member, Moment& moment) noexcept;

  // supervisor_rollout.cc
  void start_successors(Moment& moment) noexcept;
  [[gnu::noinline]] void prepare_successor(Member& member, Moment& moment) noexcept;
  void start_successor(Member& member, Moment& moment) noexcept;
  void succeed(Member& successor, Moment& moment) noexcept;
  void forgo_successor(Member& member) noexcept;
  void give_up_successor(Member& successor, ReloadFailure why, Moment& moment) noexcept;
  void let_finish(Member& member, Duration patience, After after, Moment& moment) noexcept;
  [[nodiscard]] bool may_start_successor(const Member& member) const noexcept;
  [[nodiscard]] Duration stop_patience_of(const Member& member, Instant now) const noexcept;
  void decline(Member& member) noexcept;
  void want_newest(Member& member) noexcept;

  // supervisor_stop.cc
  void asked_to_stop(SignalNumber signal, Moment& moment) noexcept;
  void stop_all(bool is_hurried, Moment& moment) noexcept;
  [[gnu::noinline]] void stop_who_was_asked(Moment& moment) noexcept;
  [[gnu::noinline]] void stop_who_may(Moment& moment) noexcept;
  void kill_all(bool at_once, Moment& moment) noexcept;
  void consider_end_of(const Member& member, Moment& moment) noexcept;
  void end_if_over(Moment& moment) noexcept;
  [[gnu::noinline]] void end(Moment& moment) noexcept;

  // supervisor_limits.cc
  void look_at_memory(Moment& moment) noexcept;

  Manifest manifest_;  // without its apps: those are in the roster
  Members members_;
  Dependencies dependencies_;
  std::optional<StoppingAll> stopping_;
  std::optional<Instant> drained_at_;  // asked to stop, everything goes on until then
  std::optional<Verdict> verdict_;     // by an app that decides the end, or at the end
  std::optional<Pid> last_ended_;      // whose process ended last
  std::optional<Instant> memory_looked_at_;
  unsigned ends_ = 0;
  unsigned changes_ = 0;     // of the manifest
  std::size_t wanted_ = 0;   // apps; in the roster those come first
  std::size_t leaving_ = 0;  // instances that were removed and still have a place
  std::size_t stops_due_ = 0;
  Ending ending_ = NotEnding{};
};

}  // namespace pmx
