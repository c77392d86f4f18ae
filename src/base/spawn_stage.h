// The steps between asking for a process and its first instruction, so that a failure can say
// which of them failed. In the order in which they are taken.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace pmx {

enum class SpawnStage : unsigned char {
  output_pipes,
  channel,
  sockets,
  new_process,
  session,
  process_group,
  descriptors,
  oom_score,
  resource_limit,
  niceness,
  processors,
  bounding_set,
  groups,
  group,
  user,
  capabilities,
  ambient_set,
  directory,
  no_new_privileges,
  parent_death_signal,
  signal_mask,
  execution,
};

inline constexpr std::array<std::string_view, 22> kSpawnStagePhrases{
    "making its output pipes",
    "making the channel to it",
    "listening at",
    "making a process",
    "starting a session",
    "making a process group",
    "placing its descriptors",
    "setting the OOM score adjustment",
    "setting the resource limit",
    "setting the niceness",
    "choosing processors",
    "dropping capabilities from the bounding set",
    "setting the supplementary groups",
    "changing to group",
    "changing to user",
    "setting capabilities",
    "raising ambient capabilities",
    "changing directory to",
    "setting no_new_privs",
    "setting the parent-death signal",
    "unblocking signals",
    "executing",
};
static_assert(kSpawnStagePhrases.size() == static_cast<std::size_t>(SpawnStage::execution) + 1);

[[nodiscard]] constexpr std::string_view phrase(SpawnStage stage) noexcept {
  return kSpawnStagePhrases[static_cast<std::size_t>(stage)];
}

// Which step failed and why. `item` where a step has several: the resource, the n-th socket.
struct SpawnError {
  SpawnStage stage{};
  int error_number = 0;
  unsigned item = 0;

  friend bool operator==(const SpawnError&, const SpawnError&) = default;
};

}  // namespace pmx
