#include "core/attribution.h"

#include <algorithm>

namespace pmx {
namespace {

constexpr auto kByPid = [](const SeenProcess& seen) { return seen.process.pid; };

template <class Span>
auto find_pid(Span seen, Pid pid) noexcept -> decltype(seen.data()) {
  const auto found = std::ranges::lower_bound(seen, pid, {}, kByPid);
  return found != seen.end() && found->process.pid == pid ? &*found : nullptr;
}

bool has_instance(const SeenProcess& seen) noexcept {
  return seen.owner != kNoInstance && seen.owner != kNotOurs;
}

InstanceId leader_of(const ProcessEntry& process,
                     std::span<const std::optional<Pid>> leaders) noexcept {
  for (unsigned i = 0; i < leaders.size(); ++i) {
    const auto& leader = leaders[i];
    if (leader && (*leader == process.session || *leader == process.group)) return InstanceId{i};
  }
  return kNotOurs;
}

}  // namespace

const SeenProcess* find_again(std::span<const SeenProcess> before,
                              const ProcessEntry& process) noexcept {
  const SeenProcess* const same = find_pid(before, process.pid);
  return same != nullptr && same->process.started == process.started ? same : nullptr;
}

void attribute(std::span<SeenProcess> seen, std::span<const SeenProcess> before,
               std::span<const std::optional<Pid>> leaders, Pid own) noexcept {
  for (SeenProcess& one : seen) {
    one.owner = leader_of(one.process, leaders);
    const SeenProcess* const earlier = find_again(before, one.process);
    if (earlier == nullptr) continue;
    one.cpu_base_ms = earlier->cpu_base_ms;
    one.was_asked = earlier->was_asked;
    if (!has_instance(one)) one.owner = earlier->owner;
  }
  pass_on_to_children(seen, own);
}

void pass_on_to_children(std::span<SeenProcess> seen, Pid own) noexcept {
  const SeenProcess* const ourselves = find_pid(seen, own);
  const auto is_part_of_us = [&](const ProcessEntry& process) {
    return ourselves != nullptr && process.session == ourselves->process.session;
  };
  // Parents mostly come first, so that one round does.
  for (bool any = true; any;) {
    any = false;
    for (SeenProcess& one : seen) {
      if (has_instance(one)) continue;
      const SeenProcess* const parent = find_pid(seen, one.process.parent);
      InstanceId owner = parent == nullptr ? kNotOurs : parent->owner;
      if (one.process.parent == own) owner = is_part_of_us(one.process) ? kNotOurs : kNoInstance;
      if (owner == kNotOurs || owner == one.owner) continue;
      one.owner = owner;
      any = true;
    }
  }
}

}  // namespace pmx
