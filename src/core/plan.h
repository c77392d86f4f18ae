// What would come of a manifest: in which order its apps start and stop, and how long that can
// take.
#pragma once

#include <cstddef>
#include <vector>

#include "base/time.h"
#include "core/manifest.h"

namespace pmx {

// Apps by their place in the manifest. Those of one stage do not wait for each other.
using Stages = std::vector<std::vector<std::size_t>>;

// Nobody may depend on itself, by way of others neither.
[[nodiscard]] Stages stages_of_start(const std::vector<App>& apps);
[[nodiscard]] Stages stages_of_stop(const std::vector<App>& apps);

// From the request to stop until everybody who is left gets SIGKILL: stop_timeout, or a
// kill_timeout that is longer than that.
[[nodiscard]] Duration stop_limit(const Manifest& manifest) noexcept;

// The same with drain_delay, for apps that use all the time they have: who waits for others to stop
// first begins later, and at the end what is left of the container is asked as well.
[[nodiscard]] Duration longest_stop(const Manifest& manifest);

}  // namespace pmx
