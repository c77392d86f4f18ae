// What a new process is given: its program, its surroundings, its rights. Everything is resolved:
// users are numbers, capabilities are bits, the environment is complete.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/named.h"
#include "core/environment.h"
#include "core/listening_socket.h"

namespace pmx {

// Where the process stands among groups and sessions.
enum class ProcessPlace : unsigned char {
  own_group,  // leader of a new process group, put into the terminal's foreground if we are there
  session,    // leader of a new session, which takes over the controlling terminal if there is one
  inherit,    // beside us
};

// The kernel's numbers, the same on x86-64 and arm64 (setrlimit(2)).
inline constexpr std::array<Named<int>, 16> kResources{{{"cpu", 0},
                                                        {"fsize", 1},
                                                        {"data", 2},
                                                        {"stack", 3},
                                                        {"core", 4},
                                                        {"rss", 5},
                                                        {"nproc", 6},
                                                        {"nofile", 7},
                                                        {"memlock", 8},
                                                        {"as", 9},
                                                        {"locks", 10},
                                                        {"sigpending", 11},
                                                        {"msgqueue", 12},
                                                        {"nice", 13},
                                                        {"rtprio", 14},
                                                        {"rttime", 15}}};

struct ResourceLimit {
  int resource = 0;  // RLIMIT_NOFILE and so on, the kernel's number
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;

  friend bool operator==(const ResourceLimit&, const ResourceLimit&) = default;
};

// Capability sets as bits: 1 << CAP_NET_BIND_SERVICE.
struct CapabilitySets {
  std::uint64_t bounding = 0;  // what it and its descendants can ever have
  std::uint64_t ambient = 0;   // what it has although it is not root

  friend bool operator==(const CapabilitySets&, const CapabilitySets&) = default;
};

struct ProcessSettings {
  std::vector<std::string> arguments;  // the first is the program, looked up in PATH
  Environment environment;
  std::string if_missing;  // what to say when there is no such program
  std::string directory;   // empty: ours
  ProcessPlace place = ProcessPlace::own_group;
  bool reads_nothing = false;  // stdin is /dev/null, not ours
  bool has_channel = false;    // that of Node: process.send() reaches us

  std::vector<ListeningSocket> sockets;  // handed over as LISTEN_FDS

  std::optional<unsigned> user;
  std::optional<unsigned> group;
  std::optional<std::vector<unsigned>> groups;  // supplementary
  std::optional<CapabilitySets> capabilities;
  bool no_new_privileges = false;
  bool keeps_ignored_signals = false;  // what our parent had ignored stays so, as with nohup

  std::optional<unsigned> umask;
  std::optional<int> niceness;
  std::optional<int> oom_score_adjustment;
  std::vector<ResourceLimit> limits;
  std::vector<unsigned> processors;  // empty: ours

  std::optional<SignalNumber> parent_death_signal;  // what it gets when we die

  friend bool operator==(const ProcessSettings&, const ProcessSettings&) = default;
};

}  // namespace pmx
