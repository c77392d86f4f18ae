// Which instances there are: who is meant by an InstanceId.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "core/manifest.h"

namespace pmx {

struct Place {
  std::shared_ptr<const App> app;  // as the instance's process was, or is to be, started
  std::size_t app_index;           // in the manifest
  unsigned number;                 // of the instance among those of its app, from 0
};

// One place for each instance. At first those of an app are side by side.
class Roster {
 public:
  explicit Roster(std::vector<App> apps) {
    for (App& app : apps) apps_.push_back(std::make_shared<const App>(std::move(app)));
    for (std::size_t i = 0; i < apps_.size(); ++i) {
      for (unsigned n = 0; n < apps_[i]->instances; ++n) places_.push_back({apps_[i], i, n});
    }
  }

  // In the manifest's order.
  [[nodiscard]] std::span<const std::shared_ptr<const App>> apps() const noexcept { return apps_; }

  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
  [[nodiscard]] const Place& operator[](InstanceId instance) const noexcept {
    return places_[static_cast<std::size_t>(instance)];
  }
  [[nodiscard]] auto begin() const noexcept { return places_.begin(); }
  [[nodiscard]] auto end() const noexcept { return places_.end(); }

 private:
  std::vector<std::shared_ptr<const App>> apps_;
  std::vector<Place> places_;
};

}  // namespace pmx
