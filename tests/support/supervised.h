// Supervised apps in a scripted world: processes are there as soon as they are asked for, and end
// when the test says so; time is moved by hand; all that is asked of the world is written down.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/scripted_world.h"

namespace pmx {

struct Supervised : ScriptedWorld<Supervised> {
  std::map<InstanceId, std::uint64_t> memory;  // bytes, as they would be measured

  std::map<InstanceId, int> spawns;
  std::map<InstanceId, std::vector<Role>> roles;             // of those
  std::map<InstanceId, std::vector<int>> signals;            // to each one's processes
  std::map<InstanceId, std::vector<SignalNumber>> messages;  // to stop, and what else would ask it
  int looks = 0;                                             // into /proc
  int measurements = 0;
  std::vector<InstanceId> forgotten;
  std::map<InstanceId, Duration> drains;  // and how long it may take
  std::vector<InstanceId> retired;        // without being told to finish
  std::vector<InstanceId> closed;         // one for each app whose listeners were
  std::vector<InstanceId> unexplained;    // of each SIGKILL that was somebody else's

  explicit Supervised(std::vector<App> apps) {
    manifest.apps = std::move(apps);
    manifest.signals = supervise();
  }
  static App app(std::string name, unsigned instances = 1) {
    App app;
    app.name = std::move(name);
    app.instances = instances;
    app.process.arguments = {"node", "app.js"};
    return app;
  }

  void change(std::vector<App> apps) {
    Manifest next = manifest;
    next.apps = std::move(apps);
    send(ManifestChanged{&next});
  }
  void exit_with(InstanceId instance, int code) { send(Exited{instance, {code, 0}}); }
  void die_of(InstanceId instance, SignalNumber signal) {
    send(Exited{instance, {0, number(signal)}});
  }
  // Nobody takes a place, or is about to leave it.
  static void check_no_rollout(const Member& member) {
    CHECK(!member.place->is_passing);
    CHECK(!member.predecessor);
    CHECK(!member.successor);
    CHECK(!member.wants_successor);
    CHECK(!member.is_leaving);
  }
  bool is_up(InstanceId instance) { return supervisor().pid_of(instance).has_value(); }

  using ScriptedWorld::see;
  void see(const SpawnProcess& effect) {
    ++spawns[effect.instance];
    roles[effect.instance].push_back(effect.role);
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
  void see(const ExplainKill& effect) { unexplained.push_back(effect.instance); }
  void see(const SignalOthers&) { send(NobodyLeft{}); }
  void see(const StartProbe&) {}
  void see(const StopProbe&) {}
  void see(const DrainInstance& effect) { drains[effect.instance] = effect.patience; }
  void see(const RetireInstance& effect) { retired.push_back(effect.instance); }
  void see(const CloseListeners& effect) { closed.push_back(effect.instance); }
  void see(const ForgetInstance& effect) { forgotten.push_back(effect.instance); }

 private:
  std::map<Pid, InstanceId> owners_;
  int next_pid_ = 100;
};

}  // namespace pmx
