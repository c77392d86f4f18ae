#include "codec/endpoint_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/concat.h"
#include "base/text.h"

namespace pmx {
namespace {

constexpr std::size_t kLongestUrl = 1'024;

using Address = std::array<std::uint8_t, 16>;

// Four numbers without leading zeros, which others take for octal ones.
bool parse_v4(std::string_view text, std::uint8_t* into) noexcept {
  for (int i = 0; i < 4; ++i) {
    const bool is_last = i == 3;
    if (text.contains('.') == is_last) return false;
    const std::string_view digits = next_field(text, '.');
    const auto value = parse_number<std::uint8_t>(digits);
    if (!value || (digits.size() > 1 && digits.front() == '0')) return false;
    into[i] = *value;
  }
  return true;
}

// Groups between colons, two bytes each; the last of all may be an IPv4 address. How many bytes
// there are.
std::optional<std::size_t> parse_groups(std::string_view text, bool is_end,
                                        Address& into) noexcept {
  std::size_t size = 0;
  while (!text.empty()) {
    const bool is_last = !text.contains(':');
    const std::string_view group = next_field(text, ':');
    if (!is_last && text.empty()) return std::nullopt;
    if (is_end && is_last && group.contains('.')) {
      if (size + 4 > into.size() || !parse_v4(group, into.data() + size)) return std::nullopt;
      return size + 4;
    }
    const auto value = parse_number<std::uint16_t>(group, 16);
    if (!value || group.size() > 4 || size + 2 > into.size()) return std::nullopt;
    into[size++] = static_cast<std::uint8_t>(*value >> 8);
    into[size++] = static_cast<std::uint8_t>(*value & 0xFF);
  }
  return size;
}

// RFC 4291, section 2.2: "::" stands once for as many zeros as are missing.
bool parse_v6(std::string_view text, Address& into) noexcept {
  const std::size_t gap = text.find("::");
  Address before{};
  Address after{};
  if (gap == std::string_view::npos) {
    const auto size = parse_groups(text, true, into);
    return size == into.size();
  }
  const auto first = parse_groups(text.substr(0, gap), false, before);
  const auto last = parse_groups(text.substr(gap + 2), true, after);
  if (!first || !last || *first + *last + 2 > into.size()) return false;
  into = {};
  std::ranges::copy_n(before.begin(), static_cast<std::ptrdiff_t>(*first), into.begin());
  std::ranges::copy_n(after.begin(), static_cast<std::ptrdiff_t>(*last),
                      into.end() - static_cast<std::ptrdiff_t>(*last));
  return true;
}

Endpoints localhost(std::uint16_t port) noexcept {
  Endpoint v4{.family = Endpoint::Family::v4, .port = port};
  v4.address[0] = 127;
  v4.address[3] = 1;
  Endpoint v6{.family = Endpoint::Family::v6, .port = port};
  v6.address[15] = 1;
  Endpoints both;
  both.push(v4);
  both.push(v6);
  return both;
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  const auto port = parse_number<std::uint16_t>(text);
  return port == 0 ? std::nullopt : port;
}

struct HostAndPort {
  std::string_view host;  // with its brackets
  std::string_view port;
  bool has_port = false;
};

HostAndPort split(std::string_view text) noexcept {
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
  if (!has_port) return {text, {}, false};
  return {text.substr(0, colon), text.substr(colon + 1), true};
}

std::optional<Endpoints> endpoints_of(std::string_view host, std::uint16_t port) noexcept {
  if (same_ignoring_case(host, "localhost")) return localhost(port);
  Endpoint endpoint{.port = port};
  if (host.starts_with('[') && host.ends_with(']')) {
    endpoint.family = Endpoint::Family::v6;
    if (!parse_v6(host.substr(1, host.size() - 2), endpoint.address)) return std::nullopt;
  } else if (!parse_v4(host, endpoint.address.data())) {
    return std::nullopt;
  }
  Endpoints one;
  one.push(endpoint);
  return one;
}

bool is_visible(char byte) noexcept { return byte > ' ' && byte <= '~' && byte != '#'; }

}  // namespace

std::optional<Endpoints> parse_endpoints(std::string_view text) noexcept {
  if (const auto port = parse_port(text)) return localhost(*port);
  const HostAndPort parts = split(text);
  const auto port = parse_port(parts.port);
  if (!port) return std::nullopt;
  return endpoints_of(parts.host, *port);
}

std::optional<Endpoint> parse_address(std::string_view text) noexcept {
  Endpoint endpoint;
  if (parse_v4(text, endpoint.address.data())) return endpoint;
  endpoint = {.family = Endpoint::Family::v6};
  if (text.empty() || !parse_v6(text, endpoint.address)) return std::nullopt;
  return endpoint;
}

AddressText address_text(const Endpoint& endpoint) noexcept {
  const auto& bytes = endpoint.address;
  if (endpoint.family == Endpoint::Family::v4) {
    return AddressText(bytes[0], ".", bytes[1], ".", bytes[2], ".", bytes[3]);
  }
  const auto group = [&bytes](std::size_t i) {
    return static_cast<unsigned>(bytes[2 * i] << 8U | bytes[2 * i + 1]);
  };
  // The first of the longest runs of zeros, if there are two at least.
  constexpr std::size_t kGroups = 8;
  std::size_t gap = kGroups;
  std::size_t gap_size = 1;
  for (std::size_t i = 0; i < kGroups; ++i) {
    std::size_t end = i;
    while (end < kGroups && group(end) == 0) ++end;
    if (end - i <= gap_size) continue;
    gap = i;
    gap_size = end - i;
  }
  std::array<char, AddressText::kSize> text;
  char* at = text.data();
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == gap) {
      *at++ = ':';
      i += gap_size - 1;
      if (i + 1 == kGroups) *at++ = ':';
      continue;
    }
    if (i > 0) *at++ = ':';
    at = std::to_chars(at, text.data() + text.size(), group(i), 16).ptr;
  }
  return AddressText(std::string_view{text.data(), at});
}

std::expected<HttpProbe, UrlProblem> parse_http_url(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  constexpr std::string_view kEncrypted = "https://";
  if (same_ignoring_case(text.substr(0, kEncrypted.size()), kEncrypted)) {
    return std::unexpected(UrlProblem::encrypted);
  }
  if (!same_ignoring_case(text.substr(0, kScheme.size()), kScheme)) {
    return std::unexpected(UrlProblem::no_url);
  }
  if (text.size() > kLongestUrl || !std::ranges::all_of(text, is_visible)) {
    return std::unexpected(UrlProblem::path);
  }
  text.remove_prefix(kScheme.size());
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  const std::string_view authority = text.substr(0, end);
  const std::string_view path = text.substr(end);
  if (authority.contains('@')) return std::unexpected(UrlProblem::host);
  const HostAndPort parts = split(authority);
  const auto port = parts.has_port ? parse_port(parts.port) : std::optional<std::uint16_t>{80};
  if (!port) return std::unexpected(UrlProblem::port);
  const auto endpoints = endpoints_of(parts.host, *port);
  if (!endpoints) return std::unexpected(UrlProblem::host);
  const bool has_path = path.starts_with('/');
  return HttpProbe{*endpoints, std::string(authority), concat(has_path ? "" : "/", path)};
}

}  // namespace pmx
