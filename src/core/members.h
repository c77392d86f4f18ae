// What is known of each instance, by InstanceId and by app.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <ranges>
#include <utility>
#include <variant>
#include <vector>

#include "core/checkup.h"
#include "core/instance.h"
#include "core/roster.h"

namespace pmx {

// What the last change of the manifest that was about it meant for it.
struct Change {
  enum class Kind : unsigned char { added, replaced, removed };
  unsigned serial = 0;  // which one, from 1
  Kind kind = Kind::added;
  unsigned starts_before = 0;
};

struct Member {
  InstanceId id{};
  const Place* place = nullptr;
  Instance instance{};
  Checkup checkup{};
  bool waits = false;            // to be started as soon as what it depends on is there
  bool is_kept_waiting = false;  // what it depends on was stopped by a person, or waits so itself
  bool is_held = false;          // nobody wants it to run: not by itself, or a person stopped it
  bool goes_on = false;          // replaced, it can do without what was stopped since it started
  bool stop_is_due = false;      // as soon as who depends on it, and is stopped too, has ended
  unsigned starts = 0;           // how often a process was asked for
  unsigned failed_start = 0;     // the last of those that came to a bad end, asked for by nobody
  bool has_started = false;
  bool has_been_ready = false;
  bool was_asked_to_stop = false;        // since it was last started
  bool is_killed_unasked = false;        // the time was over before its turn came
  SignalSet signals_sent{};              // to its process, since that was started
  bool ended_as_failure = false;         // its last process was stopped because it was unhealthy
  std::optional<ExitStatus> last_end{};  // or that of what it depends on and cannot do without:
  bool is_end_of_other = false;
  unsigned ended_as = 0;                  // which of all ends it was, from 1
  std::shared_ptr<const App> next_app{};  // with its next process it is this one
  std::shared_ptr<const App> declined{};  // the last that was wanted: a rollout to it failed
  Change change{};
  bool is_leaving = false;  // it was removed, and is not at rest yet

  // A rolling reload: a successor is started beside it, and when that is ready it is removed.
  bool wants_successor = false;             // as soon as it is its turn
  unsigned parallel = 0;                    // with so many others of its app; 0: as that has it
  bool must_go = false;                     // it is at fault itself, and goes with or without one
  std::optional<InstanceId> successor{};    // that is not ready yet
  std::optional<InstanceId> predecessor{};  // as long as that is there
  unsigned generation = 0;                  // of those who had its place one after the other
  unsigned failed_reloads = 0;              // of its place
  ReloadFailure reload_failure{};           // of the last of those

  [[nodiscard]] const App& app() const noexcept { return *place->app; }
  // It leaves, or has left already.
  [[nodiscard]] bool was_removed() const noexcept { return is_leaving || place->is_free; }
  // Until it is there again, who depends on it waits.
  void forget_start() noexcept { has_started = has_been_ready = false; }
  [[nodiscard]] bool is_at_rest() const noexcept {
    return !waits && pmx::is_at_rest(instance.state);
  }
  [[nodiscard]] Role role() const noexcept { return role_of(instance, app().life); }
  // At rest or not, it will run again when its time comes. Who was given up is tried then too, but
  // nobody stays for that.
  [[nodiscard]] bool is_scheduled() const noexcept {
    const bool is_given_up = std::holds_alternative<Errored>(instance.state);
    return app().restarts_at && !is_held && !is_leaving && !is_given_up;
  }
  // Not ready yet: it takes its predecessor's place, or goes.
  [[nodiscard]] bool is_on_trial() const noexcept { return predecessor && place->is_passing; }
  // It is up, as far as it must be, and has not said that it is about to end.
  [[nodiscard]] bool is_ready() const noexcept {
    return std::holds_alternative<Online>(instance.state) && !checkup.is_leaving;
  }
};

class Members {
 public:
  explicit Members(std::vector<App> apps) : roster_(std::move(apps)) { meet_new_places(); }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  [[nodiscard]] const Roster& roster() const noexcept { return roster_; }
  [[nodiscard]] Roster& roster() noexcept { return roster_; }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
  [[nodiscard]] auto begin() noexcept { return all_.begin(); }
  [[nodiscard]] auto end() noexcept { return all_.end(); }
  [[nodiscard]] auto begin() const noexcept { return all_.begin(); }
  [[nodiscard]] auto end() const noexcept { return all_.end(); }

  [[nodiscard]] Member& operator[](InstanceId id) noexcept {
    return all_[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] const Member& operator[](InstanceId id) const noexcept {
    return all_[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] auto of_app(std::size_t app_index) const noexcept {
    return roster_.of_app(app_index) |
           std::views::transform([this](InstanceId id) -> const Member& { return (*this)[id]; });
  }
  // Who was started to take its place, as long as it is still there; null: nobody.
  [[nodiscard]] const Member* successor_of(InstanceId id) const noexcept {
    const auto found = std::ranges::find(all_, id, &Member::predecessor);
    return found == all_.end() ? nullptr : &*found;
  }
  [[nodiscard]] bool is_app_at_rest(std::size_t app_index) const noexcept {
    return std::ranges::all_of(of_app(app_index), &Member::is_at_rest);
  }

  // Nobody of it takes anything new, and nobody is to come.
  [[nodiscard]] bool stays_app_down(std::size_t app_index) const noexcept {
    return std::ranges::all_of(of_app(app_index), [](const Member& member) {
      return !member.waits && stays_down(member.instance.state);
    });
  }

  // For each place behind those that are known a member that has never run.
  void meet_new_places() {
    while (all_.size() < roster_.size()) {
      const InstanceId id{static_cast<unsigned>(all_.size())};
      all_.push_back({.id = id, .place = &roster_[id]});
    }
  }

 private:
  Roster roster_;
  std::deque<Member> all_;
};

}  // namespace pmx
