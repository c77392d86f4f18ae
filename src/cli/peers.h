// pmx-init under the names of the inits that it replaces: their options, variables and exit codes,
// the app's bytes unchanged, nothing added.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "cli/init_request.h"

namespace pmx::cli {

enum class Peer : unsigned char { tini, dumb_init, catatonit };

// By the name that we were called with: "tini", "tini-static" and "docker-init"; "dumb-init";
// "catatonit", and "podman-init" and "init", which Podman mounts it as.
[[nodiscard]] std::optional<Peer> peer_called(std::string_view name) noexcept;

// What its arguments ask for: to be init, or, everything being said already, to end with a code.
[[nodiscard]] std::expected<InitRequest, int> request_of_peer(Peer peer, int argc, char** argv);

}  // namespace pmx::cli
