// What is known of each instance, by InstanceId and by app.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/checkup.h"
#include "core/instance.h"
#include "core/roster.h"

namespace pmx {

struct Member {
  const Place* place;
  Instance instance{};
  Checkup checkup{};
  bool waits = false;    // to be started as soon as what it depends on is there
  bool is_held = false;  // nobody wants it to run: not by itself, or a person stopped it
  unsigned starts = 0;   // how often a process was asked for
  bool has_started = false;
  bool has_been_ready = false;
  bool was_asked_to_stop = false;        // since it was last started
  SignalNumber asked_with{};             // the last signal that was sent on to its process
  bool ended_as_failure = false;         // its last process was stopped because it was unhealthy
  std::optional<ExitStatus> last_end{};  // or that of what it depends on and cannot do without
  unsigned ended_as = 0;                 // the how manieth end of all that was, from 1

  [[nodiscard]] const App& app() const noexcept { return *place->app; }
  [[nodiscard]] bool is_at_rest() const noexcept {
    return !waits && pmx::is_at_rest(instance.state);
  }
  // It is up, as far as it must be, and has not said that it is about to end.
  [[nodiscard]] bool is_ready() const noexcept {
    return std::holds_alternative<Online>(instance.state) && !checkup.is_leaving;
  }
};

class Members {
 public:
  explicit Members(std::vector<App> apps) : roster_(std::move(apps)) {
    for (const Place& place : roster_) all_.push_back({.place = &place});
    for (std::size_t first = 0; const auto& app : roster_.apps()) {
      of_app_.emplace_back(all_.data() + first, app->instances);
      first += app->instances;
    }
  }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  [[nodiscard]] const Roster& roster() const noexcept { return roster_; }
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
  [[nodiscard]] InstanceId id_of(const Member& member) const noexcept {
    return InstanceId{static_cast<unsigned>(&member - all_.data())};
  }
  [[nodiscard]] std::span<const Member> of_app(std::size_t app_index) const noexcept {
    return of_app_[app_index];
  }
  [[nodiscard]] bool is_app_at_rest(std::size_t app_index) const noexcept {
    return std::ranges::all_of(of_app(app_index), &Member::is_at_rest);
  }

 private:
  Roster roster_;
  std::vector<Member> all_;
  std::vector<std::span<const Member>> of_app_;
};

}  // namespace pmx
