// The sockets that are opened for apps (`sockets`): each stays open from the first start of its app
// until no app has it any more, so that connections wait while there is no process.
#pragma once

#include <expected>
#include <vector>

#include "base/spawn_stage.h"
#include "core/listening_socket.h"
#include "core/roster.h"
#include "os/unique_fd.h"

namespace pmx::runtime {

class Listeners {
 public:
  // Those of the app, in its order; opened now as far as they are not yet. They stay ours.
  [[nodiscard]] std::expected<std::vector<int>, SpawnError> open_for(const App& app);

  // Closes what no instance of the roster wants. Cheap where none is open.
  void keep_those_of(const Roster& roster);

 private:
  struct Listener {
    ListeningSocket what;
    os::UniqueFd fd;
  };
  std::vector<Listener> open_;
};

}  // namespace pmx::runtime
