// Capabilities, by libcap-ng: their names, ours, and how a child's are narrowed.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace pmx::os {

// "net_bind_service", "CAP_NET_BIND_SERVICE": its number, if the kernel's headers know it.
[[nodiscard]] std::optional<unsigned> capability_from_name(std::string_view name);

// "CAP_NET_BIND_SERVICE"
[[nodiscard]] std::string capability_name(unsigned capability);

// Ours, as bits: 1 << CAP_KILL.
struct OwnCapabilities {
  std::uint64_t effective = 0;
  std::uint64_t permitted = 0;
  std::uint64_t bounding = 0;

  [[nodiscard]] bool can(unsigned capability) const noexcept {
    return (effective >> capability & 1) != 0;
  }
};

// Nothing where libcap-ng cannot tell: it reads /proc.
[[nodiscard]] std::optional<OwnCapabilities> own_capabilities() noexcept;

// Of what we are permitted; nothing changes where libcap-ng cannot tell.
void set_effective_capabilities(std::uint64_t effective) noexcept;

// The steps of a child, in this order around its change of user. False leaves the reason in
// errno. The sets are bits as above.
[[nodiscard]] bool narrow_bounding_set(std::uint64_t bounding) noexcept;
[[nodiscard]] bool keep_capabilities_over_user_change() noexcept;
[[nodiscard]] bool set_capabilities(std::uint64_t permitted, std::uint64_t inheritable) noexcept;
[[nodiscard]] bool raise_ambient(std::uint64_t ambient) noexcept;

}  // namespace pmx::os
