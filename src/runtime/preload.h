// A few lines of JavaScript that workers of a cluster load before the app, so that they can finish
// without cutting off clients: draining, they answer with `Connection: close`, or GOAWAY, and keep
// an idle connection until it was answered so.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"

namespace pmx::runtime {

// A file that node reads by --require. It is there from its first use until the end.
class Preload {
 public:
  Preload() = default;
  Preload(const Preload&) = delete;
  Preload& operator=(const Preload&) = delete;
  ~Preload() { remove(); }

  // NODE_OPTIONS with which a node loads it before all that the user wants. Nothing: no folder for
  // the file can be written to; once that is so it stays so. `arguments` are those of the node.
  [[nodiscard]] std::optional<std::string> options_with(std::string_view own_options,
                                                        std::span<const std::string> arguments);
  void remove() noexcept;

 private:
  bool was_tried_ = false;
  std::string path_;  // empty: there is none
};

// It is loaded in this worker: the first thing it says, as an internal message.
inline constexpr std::string_view kPreloadGreeting = R"({"cmd":"NODE_PMX","act":"loaded"})";

// No server of it listens any more: if nothing else keeps it, it shall end. And: one listens again.
inline constexpr std::string_view kIdleMessage = "{\"cmd\":\"NODE_PMX\",\"act\":\"idle\"}\n";
inline constexpr std::string_view kBusyMessage = "{\"cmd\":\"NODE_PMX\",\"act\":\"busy\"}\n";

// Asks how it is. It tells that as metrics of the app a fifth of a second later, and then that it
// has, in the form in which an action of this name is answered.
inline constexpr std::string_view kMeasureMessage = "{\"cmd\":\"NODE_PMX\",\"act\":\"measure\"}\n";
inline constexpr std::string_view kMeasureAction = "pmx-init measure";

// It has finished: no connection is open any more, or its time is up.
inline constexpr std::string_view kPreloadDrained = R"({"cmd":"NODE_PMX","act":"drained"})";

// Tells it to finish within this time, with its newline.
[[nodiscard]] std::string drain_message(Duration patience);

}  // namespace pmx::runtime
