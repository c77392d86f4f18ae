// Supervised apps in a scripted world: processes are there as soon as they are asked for, and end
// when the test says so; time is moved by hand; all that is asked of the world is written down.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/supervisor.h"

namespace pmx {

struct Supervised {
  Manifest manifest;
  Instant now{};
  std::map<InstanceId, std::uint64_t> memory;  // bytes, as they would be measured

  std::map<InstanceId, int> spawns;
  std::map<InstanceId, std::vector<int>> signals;            // to each one's processes
  std::map<InstanceId, std::vector<SignalNumber>> messages;  // to stop, and what else would ask it
  int looks = 0;                                             // into /proc
  int measurements = 0;
  std::vector<int> codes;  // of each Leave
  std::vector<InstanceId> forgotten;
  std::vector<Note> notes;

  explicit Supervised(std::vector<App> apps) {
    manifest.apps = std::move(apps);
    manifest.signals = supervise();
  }
  static App app(std::string name) {
    App app;
    app.name = std::move(name);
    app.process.arguments = {"node", "app.js"};
    return app;
  }

  Supervisor& supervisor() {
    if (!supervisor_) supervisor_.emplace(manifest);
    return *supervisor_;
  }
  void send(const Event& event) {
    Effects effects;
    supervisor().handle(event, now, effects);
    for (const Effect& effect : effects) {
      std::visit([this](const auto& e) { see(e); }, effect);
    }
  }
  void begin() { send(Began{}); }
  void signal(SignalNumber signal) { send(SignalReceived{signal}); }
  void exit_with(InstanceId instance, int code) { send(Exited{instance, {code, 0}}); }
  void die_of(InstanceId instance, SignalNumber signal) {
    send(Exited{instance, {0, number(signal)}});
  }
  void wait(Duration duration) {
    const Instant until = now + duration;
    while (const auto due = supervisor().deadline()) {
      if (*due > until) break;
      now = *due;
      send(DeadlinePassed{});
      if (const auto next = supervisor().deadline()) REQUIRE(*next > now);
    }
    now = until;
  }
  bool is_up(InstanceId instance) { return supervisor().pid_of(instance).has_value(); }

  template <class Kind>
  [[nodiscard]] std::vector<Kind> said() const {
    std::vector<Kind> found;
    for (const Note& note : notes) {
      if (const auto* one = std::get_if<Kind>(&note)) found.push_back(*one);
    }
    return found;
  }

 private:
  void see(const SpawnProcess& effect) {
    ++spawns[effect.instance];
    const Pid pid{next_pid_++};
    owners_[pid] = effect.instance;
    send(Spawned{effect.instance, pid});
  }
  void see(const SignalProcess& effect) {
    signals[owners_.at(effect.pid)].push_back(number(effect.signal));
  }
  void see(const SendShutdown& effect) { messages[effect.instance].push_back(effect.otherwise); }
  void see(const ClearTree& effect) { send(TreeCleared{effect.instance}); }
  void see(const LookAround&) { ++looks; }
  void see(const MeasureMemory& effect) {
    ++measurements;
    send(MemoryMeasured{effect.instance, memory[effect.instance]});
  }
  void see(const SignalOthers&) { send(NobodyLeft{}); }
  void see(const HaltWith&) {}
  void see(const Say& effect) { notes.push_back(effect.note); }
  void see(const StartProbe&) {}
  void see(const StopProbe&) {}
  void see(const ReadManifest&) {}
  void see(const ForgetInstance& effect) { forgotten.push_back(effect.instance); }
  void see(const Leave& effect) { codes.push_back(effect.code); }

  std::optional<Supervisor> supervisor_;
  std::map<Pid, InstanceId> owners_;
  int next_pid_ = 100;
};

}  // namespace pmx
