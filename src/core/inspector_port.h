// The port of each worker's inspector, for several cannot have one: Node's own primary counts them
// up in the same way (lib/internal/cluster/primary.js, createWorkerProcess).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pmx {

struct InspectorArgument {
  std::size_t position = 0;  // among the arguments; it comes before what is there
  std::string text;          // "--inspect-port=127.0.0.1:9231"
};

// Of `node --inspect server.js`: what the worker of this number, which counts from 1, has in
// addition. Nothing: it has no inspector, or one whose port the system chooses.
[[nodiscard]] std::optional<InspectorArgument> inspector_argument(
    std::span<const std::string> arguments, unsigned worker);

// The same for NODE_OPTIONS: what it is to end with; empty: nothing.
[[nodiscard]] std::string inspector_option(std::string_view node_options, unsigned worker);

}  // namespace pmx
