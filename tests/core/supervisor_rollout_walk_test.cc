#include <doctest/doctest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/errand.h"
#include "core/targets.h"
#include "support/random_seed.h"
#include "support/supervised.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;

// A cluster whose second app is to have completed before, and everything that can happen to it.
class Rollouts {
 public:
  explicit Rollouts(unsigned seed) : random_(seed), world_({cluster(), job()}) {
    world_.begin();
    settle();
  }

  void step() {
    const InstanceId someone = anybody();
    const Member& member = world_.supervisor().member(someone);
    switch (below(12)) {
      case 0:
      case 1:
        ask(someone, true, [](InstanceId id) { return Event{ReloadAsked{id}}; });
        break;
      case 2:
        ask(someone, false, [](InstanceId id) { return Event{RestartAsked{id}}; });
        break;
      case 3:
        version_ = below(3);
        instances_ = 1 + below(4);
        is_behind_others_ = below(2) == 0;
        change();
        break;
      case 4:
        if (below(3) == 0 && !member.place->is_passing) send(StopAsked{someone});
        break;
      case 5:
        if (!member.place->is_passing) send(StartAsked{someone});
        break;
      case 6:
        if (is_up(someone)) send(Exited{someone, {static_cast<int>(below(2)), 0}});
        break;
      case 7:
        ask_who_has_gone();
        if (is_up(someone)) send(MemoryMeasured{someone, 100 + 200 * below(2)});
        break;
      case 8:
        for (const InstanceId id : all()) answer(id);
        break;
      default:
        answer(someone);
        world_.wait(Duration{below(1'500)});
        look();
    }
  }

  // Everything comes to its end: then nobody waits for an answer, and nobody is half replaced.
  void check_end() {
    settle();
    if (!world_.codes.empty()) return;  // all were stopped or had failed
    CHECK(errands_.empty());
    unsigned running = 0;
    for (const InstanceId id : all()) {
      const Member& member = world_.supervisor().member(id);
      Supervised::check_no_rollout(member);
      if (member.app().name != "api") continue;
      ++running;
      const bool is_there = member.is_ready() || member.is_at_rest() || member.waits;
      CHECK(is_there);
    }
    CHECK(running == instances_);
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  App cluster() const {
    App app = Supervised::app("api", instances_);
    app.is_clustered = true;
    app.life.ready_by = ByListening{};
    app.cluster.parallel = 1 + version_ % 2;
    app.process.umask = version_;  // so that versions differ
    app.memory_ceiling = 200;
    app.depends_on = {{is_behind_others_ ? 2U : 1U, Awaited::completed}};
    return app;
  }
  static App job() {
    App app = Supervised::app("job");
    app.life.restart = Restart::never;
    return app;
  }

  std::vector<InstanceId> all() { return find_target(world_.supervisor().roster(), "all"); }
  InstanceId anybody() {
    const auto ids = all();
    return ids[below(static_cast<unsigned>(ids.size()))];
  }
  bool is_up(InstanceId id) { return world_.supervisor().pid_of(id).has_value(); }

  void send(const Event& event) {
    world_.send(event);
    look();
  }

  void change() {
    Manifest next = world_.manifest;
    next.apps = {cluster(), job()};
    if (is_behind_others_) next.apps.insert(next.apps.begin(), Supervised::app("other"));
    world_.send(ManifestChanged{.manifest = &next, .tries_again = below(2) == 0});
    look();
  }

  // As the one who takes commands does it.
  template <class Request>
  void ask(InstanceId id, bool is_reload, Request request) {
    const Member& member = world_.supervisor().member(id);
    if (member.place->is_passing) return;
    const bool can_replace = is_reload && can_overlap(member.app());
    const Errand errand = can_replace && up_since(member.instance.state)
                              ? replacement_of(member, false)
                              : Errand{Errand::Goal::running, id, member.starts};
    errands_.push_back({errand, member.place->id});
    send(request(id));
  }

  // Its last process ended after it was found, and before it was asked.
  void ask_who_has_gone() {
    const Roster& roster = world_.supervisor().roster();
    const InstanceId gone{below(static_cast<unsigned>(roster.size()))};
    if (!roster[gone].is_free) return;
    send(StopAsked{gone});
    send(StartAsked{gone});
    send(RestartAsked{gone});
    send(ReloadAsked{gone});
    CHECK(roster[gone].is_free);
    CHECK(world_.supervisor().member(gone).is_at_rest());
  }

  // What is asked of a process happens: it is ready, has finished, has ended.
  void answer(InstanceId id) {
    const InstanceState state = world_.supervisor().member(id).instance.state;
    if (std::holds_alternative<Starting>(state)) send(Ready{id});
    if (std::holds_alternative<Draining>(state)) send(DrainDone{id});
    if (std::holds_alternative<Stopping>(state)) send(Exited{id, {0, number(kSigTerm)}});
    if (std::holds_alternative<Killing>(state)) send(Exited{id, {0, number(kSigKill)}});
    const bool is_job = world_.supervisor().member(id).app().name == "job";
    if (is_job && is_up(id)) send(Exited{id, {0, 0}});
  }

  void look() {
    std::erase_if(errands_, [this](auto& one) {
      auto& [errand, place] = one;
      const auto there = world_.supervisor().roster().find(place);
      if (!there) return true;  // who is gone for good has answered
      errand.instance = *there;
      const Member& member = world_.supervisor().member(errand.instance);
      return state_of(errand, member, world_.now) != ErrandState::pending;
    });
  }

  void settle() {
    for (int round = 0; round < 60; ++round) {
      for (const InstanceId id : all()) answer(id);
      world_.wait(1s);
      look();
    }
  }

  std::minstd_rand random_;
  unsigned version_ = 0;
  unsigned instances_ = 2;
  bool is_behind_others_ = false;  // in the manifest, there is one before it
  Supervised world_;
  std::vector<std::pair<Errand, unsigned>> errands_;
};

TEST_CASE("whatever happens in the middle of rollouts, everybody who asked gets an answer") {
  const unsigned seed = random_seed();
  MESSAGE("PMX_SEED=" << seed);
  for (unsigned life = 0; life < 150; ++life) {
    CAPTURE(life);
    Rollouts rollouts(seed + life);
    for (int step = 0; step < 80; ++step) rollouts.step();
    rollouts.check_end();
  }
}

}  // namespace
}  // namespace pmx
