// From an app's settings to a running process.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/spawn_stage.h"
#include "core/environment.h"
#include "core/roster.h"
#include "os/local_socket.h"
#include "os/signal_mask.h"
#include "os/spawn.h"
#include "os/unique_fd.h"

namespace pmx::runtime {

struct Launched {
  Pid pid;
  os::UniqueFd out;  // the reading ends; empty in raw format
  os::UniqueFd err;
  os::UniqueFd channel;  // our end; empty where the app has none
};

// What the instance's processes are started with, but for what is of one process alone: its
// channel, and the socket to speak of itself.
[[nodiscard]] Environment environment_of(const Place& place, InstanceId instance);

// Everything that spawn() points to.
class Launcher {
 public:
  // Of one instance. Its app must outlive it; `mask` is what the child's signal mask becomes.
  Launcher(const Place& place, InstanceId instance, os::SignalMask mask)
      : Launcher(place, instance, place.app->process.arguments, mask) {
    has_channel_ = place.app->process.has_channel;
  }
  // Of a command beside it, which must outlive it too: with the same user, environment and limits,
  // but no channel.
  Launcher(const Place& place, InstanceId instance, std::span<const std::string> command,
           os::SignalMask mask);

  [[nodiscard]] const char* find(std::string_view name) const noexcept {
    return environment_.find(name);
  }
  // A variable for this process alone.
  void set(std::string_view name, std::string_view value);
  // The same with the number of the process, which knows itself by that.
  void set_to_own_pid(std::string_view name);
  // One more argument, before the one at this position; at most once.
  void insert_argument(std::size_t position, std::string argument);
  // It gets copies of these as LISTEN_FDS (sd_listen_fds(3)); they must outlive the launch.
  void hand_over(std::span<const int> sockets);

  [[nodiscard]] std::expected<Launched, SpawnError> launch() noexcept;
  // The leader of a session of its own, which reads nothing and whose output nobody wants.
  [[nodiscard]] std::expected<Pid, SpawnError> launch_in_silence() const noexcept;

 private:
  void point_to_environment();
  [[nodiscard]] std::expected<os::SocketPair, SpawnError> make_channel(os::SpawnPlan& plan);

  const App& app_;
  bool has_channel_ = false;
  Environment environment_;
  std::vector<std::string> own_pids_;  // each "NAME=" and room
  std::vector<char*> rooms_;           // of those
  std::vector<os::UniqueFd> sockets_;  // copies under numbers that nobody will take
  std::vector<int> socket_numbers_;
  std::vector<const char*> with_own_pid_;  // the environment, where that is part of it
  std::vector<const char*> slot_and_argv_;
  std::string own_argument_;
  std::vector<os::Limit> limits_;
  int first_free_ = os::kFirstSocket;  // number of descriptors, behind those of the sockets
  os::SpawnPlan plan_;
};

}  // namespace pmx::runtime
