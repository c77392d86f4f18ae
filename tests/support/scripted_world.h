// A supervisor in a scripted world: time is moved by hand, and what is asked of the world comes to
// `see(effect)` of the derived class, which may answer with events.
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <variant>
#include <vector>

#include "core/supervisor.h"

namespace pmx {

template <class World>
class ScriptedWorld {
 public:
  Manifest manifest;
  Instant now{};
  std::vector<int> codes;  // of each Leave
  std::vector<Note> notes;

  Supervisor& supervisor() {
    if (!supervisor_) supervisor_.emplace(manifest);
    return *supervisor_;
  }
  void send(const Event& event) {
    Effects effects;
    supervisor().handle(event, now, effects);
    CHECK(effects.size() <= supervisor().most_effects());
    for (const Effect& effect : effects) {
      std::visit([this](const auto& e) { static_cast<World*>(this)->see(e); }, effect);
    }
  }
  void begin() { send(Began{}); }
  void signal(SignalNumber signal) { send(SignalReceived{signal}); }
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

  template <class Kind>
  [[nodiscard]] std::vector<Kind> said() const {
    std::vector<Kind> found;
    for (const Note& note : notes) {
      if (const auto* one = std::get_if<Kind>(&note)) found.push_back(*one);
    }
    return found;
  }

  void see(const ReadManifest&) {}
  void see(const ForgetInstance&) {}
  void see(const DrainInstance&) {}
  void see(const RetireInstance&) {}
  void see(const CloseListeners&) {}
  void see(const HaltWith&) {}
  void see(const Say& effect) { notes.push_back(effect.note); }
  void see(const Leave& effect) { codes.push_back(effect.code); }

 private:
  friend World;
  ScriptedWorld() = default;

  std::optional<Supervisor> supervisor_;
};

}  // namespace pmx
