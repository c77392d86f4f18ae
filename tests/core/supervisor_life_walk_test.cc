#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <optional>
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

constexpr std::array kNames{"a", "b", "c", "d", "e"};

// Apps of every kind that depend on each other, come, go and change their order, while everything
// else happens to them and people ask for things.
class Lives {
 public:
  explicit Lives(unsigned seed) : random_(seed), world_(some_apps()) {
    world_.manifest.end.exit_when = one_in(2) ? ExitWhen::never : ExitWhen::all_stopped;
    world_.begin();
    look();
  }

  [[nodiscard]] bool is_over() const { return !world_.codes.empty(); }

  void step() {
    if (one_in(8)) return change();
    if (roster().size() == 0) return;
    const InstanceId someone{below(static_cast<unsigned>(roster().size()))};
    switch (below(14)) {
      case 0:
        return ask_to_start(someone);
      case 1:
        return ask(someone, {{Errand::Goal::at_rest, someone}}, StopAsked{someone});
      case 2:
        return ask(
            someone,
            {{Errand::Goal::running, someone, member(someone).starts}, member(someone).place->id},
            RestartAsked{someone});
      case 3:
        return ask_to_reload(someone);
      case 4:
        if (is_up(someone)) send(Exited{someone, {static_cast<int>(below(2)), 0}});
        return;
      case 5:
        if (is_up(someone)) send(MemoryMeasured{someone, 100 + 200 * below(2)});
        return;
      case 6:
        if (is_up(someone)) send(WatchdogTriggered{someone});
        return;
      case 7:
        if (is_up(someone)) send(StoppingSaid{someone});
        return;
      case 8:
        if (!roster()[someone].is_free && member(someone).app().restarts_at)
          send(TimeCame{roster()[someone].app_index});
        return;
      case 9:
        if (one_in(4)) send(SignalReceived{kSigUsr2});
        return;
      default:
        answer(someone);
        world_.wait(Duration{below(1'500)});
        look();
    }
  }

  void check_rest() {
    settle();
    if (is_over()) return;
    CHECK(errands_.empty());
    for (const auto& app : roster().apps()) {
      unsigned instances = 0;
      for (const InstanceId id : all()) instances += member(id).app().name == app->name ? 1 : 0;
      CHECK(instances == app->instances);
    }
    for (const InstanceId id : all()) {
      const Member& one = member(id);
      CAPTURE(one.app().name);
      Supervised::check_no_rollout(one);
      CHECK(!one.stop_is_due);
      const bool is_kept_waiting = one.waits && one.is_kept_waiting;
      const bool is_there = one.is_ready() || one.is_at_rest() || is_kept_waiting;
      CHECK(is_there);
      if (one.is_held) CHECK(one.is_at_rest());
    }
    for (unsigned i = 0; i < roster().size(); ++i) {
      if (roster()[InstanceId{i}].is_free) CHECK(member(InstanceId{i}).is_at_rest());
    }
  }

  void check_end() {
    if (!is_over()) send(ShutdownAsked{});
    settle();
    CHECK(world_.codes.size() == 1);
    CHECK(!world_.supervisor().deadline());
    for (const InstanceId id : all()) CHECK(member(id).is_at_rest());
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  bool one_in(unsigned n) { return below(n) == 0; }

  const Roster& roster() { return world_.supervisor().roster(); }
  const Member& member(InstanceId id) { return world_.supervisor().member(id); }
  bool is_up(InstanceId id) { return world_.supervisor().pid_of(id).has_value(); }
  std::vector<InstanceId> all() { return find_target(world_.supervisor().roster(), "all"); }

  // Only those complete: nobody waits for that of another.
  static bool is_job(const App& app) { return app.name < "c"; }
  App some_app(const char* name) {
    App app = Supervised::app(name, 1 + below(3));
    app.is_clustered = one_in(2);
    if (one_in(2)) app.life.ready_by = ByMessage{};
    app.life.restart = is_job(app) ? Restart::never : static_cast<Restart>(1 + below(2));
    app.life.max_restarts = 1 + below(3);
    app.life.clears_tree = one_in(2);
    app.life.kill_timeout = 1s;
    app.life.watchdog = 1h;
    if (one_in(4)) app.life.pre_start = Hook{{"migrate"}, 5s};
    if (one_in(4)) app.life.post_stop = Hook{{"clean"}, 5s};
    if (one_in(3)) app.memory_ceiling = 200;
    if (one_in(4)) app.restarts_at = Schedule{};
    app.starts_by_itself = !one_in(5);
    app.is_critical = one_in(12);
    app.cluster.parallel = 1 + below(2);
    app.cluster.drain_timeout = 2s;
    app.process.umask = below(3);
    return app;
  }

  // In any order; each may depend on those that have names before its own.
  std::vector<App> some_apps() {
    std::vector<const char*> names(kNames.begin(), kNames.end());
    std::ranges::shuffle(names, random_);
    names.resize(1 + below(5));
    std::vector<App> apps;
    for (const char* name : names) {
      const auto kept = std::ranges::find(last_, std::string(name), &App::name);
      apps.push_back(kept != last_.end() && !one_in(3) ? *kept : some_app(name));
      apps.back().depends_on.clear();
    }
    for (App& app : apps) {
      for (std::size_t i = 0; i < apps.size(); ++i) {
        const auto awaited = static_cast<Awaited>(below(is_job(apps[i]) ? 3 : 2));
        if (apps[i].name < app.name && one_in(3)) app.depends_on.push_back({i, awaited});
      }
    }
    last_ = apps;
    return apps;
  }

  void send(const Event& event) {
    world_.send(event);
    look();
  }

  void change() {
    Manifest next = world_.manifest;
    next.apps = some_apps();
    world_.send(
        ManifestChanged{.manifest = &next, .stops_first = one_in(4), .tries_again = one_in(2)});
    forget();
    // Who asked waits for all whom the change is about.
    for (const InstanceId id : all()) {
      const Member& one = member(id);
      if (one.change.serial != world_.supervisor().changes()) continue;
      const Member* const successor = world_.supervisor().successor_of(id);
      if (one.place->is_passing && successor != nullptr && !successor->is_leaving) continue;
      const Errand errand = errand_of_change(one);
      if (errand.goal == Errand::Goal::at_rest) {
        errands_.push_back({errand});
      } else if (!one.place->is_passing && !one.is_held) {
        errands_.push_back({errand, one.place->id});
      }
    }
    look();
  }

  struct Asked {
    Errand errand;
    std::optional<unsigned> place{};
  };
  // As the one who takes commands does it; of who has gone nothing comes.
  void ask(InstanceId id, Asked asked, const Event& request) {
    if (!roster()[id].is_free && roster()[id].is_passing) return;
    if (!roster()[id].is_free) errands_.push_back(asked);
    send(request);
  }
  void ask_to_start(InstanceId id) {
    const InstanceState& state = member(id).instance.state;
    const bool runs =
        std::holds_alternative<Online>(state) || std::holds_alternative<Starting>(state);
    const unsigned starts = member(id).starts - (runs ? 1 : 0);
    ask(id, {{Errand::Goal::running, id, starts}, member(id).place->id}, StartAsked{id});
  }
  void ask_to_reload(InstanceId id) {
    const Member& one = member(id);
    const bool is_smooth = can_overlap(one.app()) && up_since(one.instance.state);
    const Asked asked = is_smooth ? Asked{replacement_of(one, false), one.place->id}
                                  : Asked{{Errand::Goal::running, id, one.starts}};
    ask(id, asked, ReloadAsked{id});
  }

  // What is asked of a process happens: it is ready, has finished, has ended.
  void answer(InstanceId id) {
    const InstanceState state = member(id).instance.state;
    if (!is_up(id)) return;
    const bool is_hook = member(id).role() != Role::app;
    if (std::holds_alternative<Stopping>(state)) {
      send(Exited{id, {0, number(kSigTerm)}});
    } else if (std::holds_alternative<Killing>(state)) {
      send(Exited{id, {0, number(kSigKill)}});
    } else if (is_hook) {
      send(Exited{id, {one_in(6) ? 1 : 0, 0}});
    } else if (std::holds_alternative<Starting>(state)) {
      if (!one_in(6)) send(Ready{id});
    } else if (std::holds_alternative<Draining>(state)) {
      send(DrainDone{id});
    } else if (is_job(member(id).app()) || !member(id).is_ready()) {  // as it said
      send(Exited{id, {0, 0}});
    }
  }

  // Who has gone for good has answered.
  void forget() {
    for (const InstanceId gone : std::exchange(world_.forgotten, {})) {
      std::erase_if(errands_, [&](const Asked& asked) {
        return asked.errand.instance == gone && !(asked.place && roster().find(*asked.place));
      });
    }
  }
  void look() {
    forget();
    std::erase_if(errands_, [this](Asked& asked) {
      if (asked.place)
        asked.errand.instance = roster().find(*asked.place).value_or(asked.errand.instance);
      return state_of(asked.errand, member(asked.errand.instance), world_.now) !=
             ErrandState::pending;
    });
  }

  void settle() {
    for (int round = 0; round < 100; ++round) {
      for (const InstanceId id : all()) answer(id);
      world_.wait(1s);
      look();
    }
  }

  std::minstd_rand random_;
  std::vector<App> last_;
  Supervised world_;
  std::vector<Asked> errands_;
};

TEST_CASE("whatever happens to apps that change, everybody gets an answer, and all comes to rest") {
  const unsigned seed = random_seed();
  MESSAGE("PMX_SEED=" << seed);
  for (unsigned life = 0; life < 100; ++life) {
    CAPTURE(life);
    Lives lives(seed + life);
    for (int step = 0; step < 100 && !lives.is_over(); ++step) lives.step();
    lives.check_rest();
    lives.check_end();
  }
}

}  // namespace
}  // namespace pmx
