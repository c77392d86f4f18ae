#include "core/plan.h"

#include <algorithm>
#include <utility>

namespace pmx {
namespace {

using Apps = std::vector<App>;

// For each app the largest value of those before it, and its own on top. `befores` says who is
// before whom, as pairs of the earlier and the later; there is no cycle.
template <class Value>
std::vector<Value> add_up(const std::vector<Value>& own,
                          const std::vector<std::pair<std::size_t, std::size_t>>& befores) {
  std::vector<Value> sums = own;
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (const auto& [earlier, later] : befores) {
      const Value sum = sums[earlier] + own[later];
      if (sum <= sums[later]) continue;
      sums[later] = sum;
      has_changed = true;
    }
  }
  return sums;
}

std::vector<std::pair<std::size_t, std::size_t>> pairs_of(const Apps& apps, bool is_stop) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < apps.size(); ++i) {
    for (const Dependency& dependency : apps[i].depends_on) {
      is_stop ? pairs.emplace_back(i, dependency.app) : pairs.emplace_back(dependency.app, i);
    }
  }
  return pairs;
}

Stages stages_of(const Apps& apps, bool is_stop) {
  const std::vector<std::size_t> ones(apps.size(), 1);
  const std::vector<std::size_t> numbers = add_up(ones, pairs_of(apps, is_stop));
  Stages stages(numbers.empty() ? 0 : *std::ranges::max_element(numbers));
  for (std::size_t i = 0; i < apps.size(); ++i) stages[numbers[i] - 1].push_back(i);
  return stages;
}

}  // namespace

Stages stages_of_start(const Apps& apps) { return stages_of(apps, false); }

Stages stages_of_stop(const Apps& apps) { return stages_of(apps, true); }

Duration stop_limit(const Manifest& manifest) noexcept {
  Duration limit = manifest.end.stop_timeout;
  for (const App& app : manifest.apps) limit = std::max(limit, app.life.kill_timeout);
  return limit;
}

Duration longest_stop(const Manifest& manifest) {
  std::vector<Duration> own;
  own.reserve(manifest.apps.size());
  for (const App& app : manifest.apps) {
    const Duration drain = app.is_clustered ? app.cluster.drain_timeout : Duration::zero();
    const Duration after = app.life.post_stop ? app.life.post_stop->timeout : Duration::zero();
    own.push_back(drain + app.life.kill_timeout + after);
  }
  const std::vector<Duration> until = add_up(own, pairs_of(manifest.apps, true));
  const Duration last = until.empty() ? Duration::zero() : *std::ranges::max_element(until);
  return manifest.end.drain_delay + std::min(stop_limit(manifest), last + manifest.end.grace);
}

}  // namespace pmx
