#include "core/roster.h"

#include <algorithm>
#include <utility>

namespace pmx {

Roster::Roster(std::vector<App> apps) {
  for (App& app : apps) apps_.push_back(std::make_shared<const App>(std::move(app)));
  for (std::size_t i = 0; i < apps_.size(); ++i) {
    for (unsigned n = 0; n < apps_[i]->instances; ++n) {
      const auto id = static_cast<unsigned>(places_.size());
      places_.push_back({.app = apps_[i], .app_index = i, .number = n, .id = id, .known_as = id});
    }
  }
  index();
}

void Roster::set_free(InstanceId instance) noexcept {
  Place& place = (*this)[instance];
  place.is_free = true;
  place.freed_at = moment_;
  std::erase(of_app_[place.app_index], instance);
}

void Roster::swap_ids(InstanceId one, InstanceId other) noexcept {
  std::swap((*this)[one].id, (*this)[other].id);
}

std::optional<InstanceId> Roster::find(unsigned id) const noexcept {
  const auto place = std::ranges::find(places_, id, &Place::id);
  if (place == places_.end() || place->is_free) return std::nullopt;
  return InstanceId{static_cast<unsigned>(place - places_.begin())};
}

InstanceId Roster::add(const std::shared_ptr<const App>& app, std::size_t app_index,
                       unsigned number) {
  ++arrivals_;
  auto place = std::ranges::find_if(
      places_, [this](const Place& one) { return one.is_free && one.freed_at != moment_; });
  if (place == places_.end()) {
    const auto id = static_cast<unsigned>(places_.size());
    place = places_.insert(place, Place{.app = {}, .id = id});
  }
  const bool is_taken_over = std::exchange(place->is_free, false);
  *place = {.app = app,
            .app_index = app_index,
            .number = number,
            .occupants = place->occupants + (is_taken_over ? 1 : 0),
            .id = place->id,
            .known_as = place->id};
  return InstanceId{static_cast<unsigned>(place - places_.begin())};
}

void Roster::index() {
  of_app_.assign(apps_.size(), {});
  for (unsigned i = 0; i < places_.size(); ++i) {
    if (!places_[i].is_free) of_app_[places_[i].app_index].push_back(InstanceId{i});
  }
}

}  // namespace pmx
