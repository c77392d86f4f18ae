// Addresses and ports as people write them. Names are never looked up: that could take forever.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "core/probe.h"

namespace pmx {

// "127.0.0.1:3000", "[::1]:3000", "localhost:3000", or a port alone, which is one of localhost.
[[nodiscard]] std::optional<Endpoints> parse_endpoints(std::string_view text) noexcept;

enum class UrlProblem : unsigned char { no_url, encrypted, host, port, path };

// "http://127.0.0.1:3000/health?full"; without a port it is 80, without a path "/".
[[nodiscard]] std::expected<HttpProbe, UrlProblem> parse_http_url(std::string_view text);

}  // namespace pmx
