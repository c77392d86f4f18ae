#include "core/roster.h"

#include <algorithm>
#include <utility>

namespace pmx {

Roster::Roster(std::vector<App> apps) {
  for (App& app : apps) apps_.push_back(std::make_shared<const App>(std::move(app)));
  for (std::size_t i = 0; i < apps_.size(); ++i) {
    for (unsigned n = 0; n < apps_[i]->instances; ++n) {
      places_.push_back({.app = apps_[i], .app_index = i, .number = n});
    }
  }
  index();
}

void Roster::set_free(InstanceId instance) noexcept {
  Place& place = (*this)[instance];
  place.is_free = true;
  std::erase(of_app_[place.app_index], instance);
}

InstanceId Roster::add(const std::shared_ptr<const App>& app, std::size_t app_index,
                       unsigned number) {
  auto place = std::ranges::find(places_, true, &Place::is_free);
  if (place == places_.end()) place = places_.insert(place, Place{});
  *place = {.app = app, .app_index = app_index, .number = number};
  return InstanceId{static_cast<unsigned>(place - places_.begin())};
}

void Roster::index() {
  of_app_.assign(apps_.size(), {});
  for (unsigned i = 0; i < places_.size(); ++i) {
    if (!places_[i].is_free) of_app_[places_[i].app_index].push_back(InstanceId{i});
  }
}

}  // namespace pmx
