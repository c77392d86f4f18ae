// Which instances there are: who is meant by an InstanceId.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "core/manifest.h"

namespace pmx {

struct Place {
  std::shared_ptr<const App> app;  // as the instance's process was, or is to be, started
  std::size_t app_index = 0;       // among the roster's apps
  unsigned number = 0;             // of the instance among those of its app, from 0
  bool is_free = false;            // nobody means it any more; kept for who comes next
  unsigned freed_at = 0;           // in which moment
  unsigned occupants = 0;          // so many had it before
  unsigned id = 0;                 // what people call the instance; no other has it
  unsigned known_as = 0;           // the same, of one about to take another's place that one's
  bool is_passing = false;         // about to take another's place, or to leave it to its successor
};

// One place for each instance. At first those of an app are side by side; a place stays where it
// is for as long as its instance is wanted or has a process.
class Roster {
 public:
  explicit Roster(std::vector<App> apps);
  // Members point to places.
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;

  // In the manifest's order; behind them those that have been taken out of it and still run.
  [[nodiscard]] std::span<const std::shared_ptr<const App>> apps() const noexcept { return apps_; }
  // How the instance's app is defined now, which that of its process may not be. Only there is
  // `depends_on` about the apps that there are.
  [[nodiscard]] const App& newest(InstanceId instance) const noexcept {
    return *apps_[(*this)[instance].app_index];
  }
  [[nodiscard]] std::span<const InstanceId> of_app(std::size_t app_index) const noexcept {
    return of_app_[app_index];
  }

  // So many were added since the start.
  [[nodiscard]] unsigned arrivals() const noexcept { return arrivals_; }
  // Who is called so; nobody: there is no such instance.
  [[nodiscard]] std::optional<InstanceId> find(unsigned id) const noexcept;

  // Free places count.
  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
  [[nodiscard]] const Place& operator[](InstanceId instance) const noexcept {
    return places_[static_cast<std::size_t>(instance)];
  }
  [[nodiscard]] auto begin() const noexcept { return places_.begin(); }
  [[nodiscard]] auto end() const noexcept { return places_.end(); }

  // Every place gets its new app_index from who calls this, and then index() is called.
  void replace_apps(std::vector<std::shared_ptr<const App>> apps) { apps_ = std::move(apps); }
  [[nodiscard]] Place& operator[](InstanceId instance) noexcept {
    return places_[static_cast<std::size_t>(instance)];
  }
  // What is asked for in one moment is about who had a place then: it is given to nobody else
  // before the next one.
  void begin_moment() noexcept { ++moment_; }
  void set_free(InstanceId instance) noexcept;
  // From now on each is called what the other was.
  void swap_ids(InstanceId one, InstanceId other) noexcept;
  // A free place, or a new one behind all others.
  InstanceId add(const std::shared_ptr<const App>& app, std::size_t app_index, unsigned number);
  // So that of_app() is true again.
  void index();

 private:
  std::vector<std::shared_ptr<const App>> apps_;
  std::deque<Place> places_;
  std::vector<std::vector<InstanceId>> of_app_;
  unsigned arrivals_ = 0;
  unsigned moment_ = 0;
};

}  // namespace pmx
