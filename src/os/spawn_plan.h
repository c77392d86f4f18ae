// What a child becomes, ready to use.
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "os/signal_mask.h"

namespace pmx::os {

struct Limit {
  int resource;
  rlimit value;
};

// Where programs are looked for when an environment has no PATH.
inline constexpr const char* kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

inline constexpr std::size_t kLongestPid = 11;  // digits
inline constexpr int kFirstSocket = 3;          // SD_LISTEN_FDS_START of sd_listen_fds(3)

// Everything the child needs, ready to use: between clone and exec nothing is looked up,
// converted or allocated by us. Pointers must stay valid until spawn() returns.
struct SpawnPlan {
  // argv with one unused slot in front, which a script without "#!" needs (see execute()).
  std::span<const char*> slot_and_argv;
  const char* const* environment = nullptr;
  std::span<char* const> own_pids;    // parts of it: the child writes its pid there, and a NUL
  const char* search_path = nullptr;  // PATH as the child will have it
  const char* directory = nullptr;

  bool stdin_is_null = false;  // /dev/null; else ours
  int stdout_fd = -1;          // -1: ours
  int stderr_fd = -1;
  int channel_fd = -1;  // stays open under the same number; -1: none
  // They become 3, 4…; none of them, nor the channel, may be one of those numbers already.
  std::span<const int> sockets;
  SignalMask mask = SignalMask::none();
  bool new_session = false;  // and the terminal, if it is free
  bool new_group = false;
  bool wants_foreground = false;

  std::optional<unsigned> user;
  std::optional<unsigned> group;
  std::optional<std::span<const unsigned>> groups;
  bool changes_capabilities = false;
  std::uint64_t bounding = 0;
  std::uint64_t ambient = 0;
  bool no_new_privileges = false;
  bool keeps_ignored_signals = false;  // else every signal has its default disposition

  std::optional<unsigned> umask;
  std::optional<int> niceness;
  std::optional<int> oom_score_adjustment;
  std::span<const Limit> limits;
  std::span<const unsigned> processors;
  int parent_death_signal = 0;
};

}  // namespace pmx::os
