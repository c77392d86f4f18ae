#include "core/targets.h"

#include <optional>

#include "base/text.h"

namespace pmx {
namespace {

template <class Matches>
std::vector<InstanceId> find_all(const Roster& roster, Matches matches) {
  std::vector<InstanceId> found;
  for (unsigned i = 0; i < roster.size(); ++i) {
    const InstanceId id{i};
    if (!roster[id].is_free && matches(roster[id])) found.push_back(id);
  }
  return found;
}

struct NumberedName {
  std::string_view name;
  unsigned number = 0;
};

// "api[1]"
std::optional<NumberedName> numbered_name(std::string_view target) {
  const std::size_t bracket = target.rfind('[');
  if (bracket == std::string_view::npos || !target.ends_with(']')) return std::nullopt;
  const auto number =
      parse_number<unsigned>(target.substr(bracket + 1, target.size() - bracket - 2));
  if (!number) return std::nullopt;
  return NumberedName{target.substr(0, bracket), *number};
}

}  // namespace

std::vector<InstanceId> find_target(const Roster& roster, std::string_view target) {
  auto found = find_all(roster, [&](const Place& place) { return place.app->name == target; });
  if (!found.empty()) return found;
  if (const auto one = numbered_name(target)) {
    return find_all(roster, [&](const Place& place) {
      return place.app->name == one->name && place.number == one->number;
    });
  }
  if (const auto id = parse_number<unsigned>(target)) {
    return find_all(roster, [&](const Place& place) { return place.id == *id; });
  }
  if (target == "all") return find_all(roster, [](const Place&) { return true; });
  return find_all(roster, [&](const Place& place) { return place.app->name_space == target; });
}

std::string_view nearest_target(const Roster& roster, std::string_view target) {
  std::vector<std::string_view> names;
  for (const Place& place : roster) {
    if (place.is_free) continue;
    names.push_back(place.app->name);
    names.push_back(place.app->name_space);
  }
  return nearest_word(target, names).value_or(std::string_view{});
}

}  // namespace pmx
