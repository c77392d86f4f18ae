// Addresses and ports as people write them. Names are never looked up: that could take forever.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "base/fixed_text.h"
#include "core/probe.h"

namespace pmx {

// "127.0.0.1:3000", "[::1]:3000", "localhost:3000", or a port alone, which is one of localhost.
[[nodiscard]] std::optional<Endpoints> parse_endpoints(std::string_view text) noexcept;

// An address alone, without brackets; its port is 0.
[[nodiscard]] std::optional<Endpoint> parse_address(std::string_view text) noexcept;

// "127.0.0.1", "::1": without the port, as RFC 5952 has it.
using AddressText = FixedText<45>;
[[nodiscard]] AddressText address_text(const Endpoint& endpoint) noexcept;

enum class UrlProblem : unsigned char { no_url, encrypted, host, port, path };

// "http://127.0.0.1:3000/health?full"; without a port it is 80, without a path "/".
[[nodiscard]] std::expected<HttpProbe, UrlProblem> parse_http_url(std::string_view text);

}  // namespace pmx
