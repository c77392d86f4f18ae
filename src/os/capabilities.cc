#include "os/capabilities.h"

#include <cap-ng.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "base/concat.h"
#include "base/text.h"

namespace pmx::os {
namespace {

constexpr unsigned kMostCapabilities = 64;

std::uint64_t bits_of(capng_type_t set) noexcept {
  std::uint64_t bits = 0;
  for (unsigned n = 0; n <= CAP_LAST_CAP; ++n) {
    if (capng_have_capability(set, n) != 0) bits |= std::uint64_t{1} << n;
  }
  return bits;
}

// libcap-ng's picture of this process; it must be taken before anything is applied. It remembers
// whom it looked at: in a child that shares our memory that would be us.
bool look() noexcept {
  capng_clear(CAPNG_SELECT_ALL);
  capng_setpid(::getpid());
  return capng_get_caps_process() == 0;
}

void put(capng_type_t set, std::uint64_t bits) noexcept {
  for (unsigned n = 0; n <= CAP_LAST_CAP; ++n) {
    const bool wanted = (bits >> n & 1) != 0;
    capng_update(wanted ? CAPNG_ADD : CAPNG_DROP, set, n);
  }
}

// libcap-ng tells that it failed, not always why.
bool apply(capng_select_t set) noexcept {
  errno = 0;
  if (capng_apply(set) == 0) return true;
  if (errno == 0) errno = EPERM;
  return false;
}

}  // namespace

std::optional<unsigned> capability_from_name(std::string_view name) {
  if (name.size() > 4 && same_ignoring_case(name.substr(0, 4), "CAP_")) name.remove_prefix(4);
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const int number = capng_name_to_capability(lower.c_str());
  if (number < 0) return std::nullopt;
  return static_cast<unsigned>(number);
}

std::string capability_name(unsigned capability) {
  // The release binaries' libcap-ng looks at the system when it first has to, and this call alone
  // does not make it.
  capng_setpid(::getpid());
  const char* const name = capng_capability_to_name(capability);
  if (name == nullptr) return concat("capability ", capability);
  std::string upper = concat("CAP_", name);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  return upper;
}

std::optional<OwnCapabilities> own_capabilities() noexcept {
  static_assert(CAP_LAST_CAP < kMostCapabilities);
  if (!look()) return std::nullopt;
  return OwnCapabilities{bits_of(CAPNG_EFFECTIVE), bits_of(CAPNG_PERMITTED),
                         bits_of(CAPNG_BOUNDING_SET)};
}

void set_effective_capabilities(std::uint64_t effective) noexcept {
  if (!look()) return;
  put(CAPNG_EFFECTIVE, effective);
  static_cast<void>(apply(CAPNG_SELECT_CAPS));
}

bool narrow_bounding_set(std::uint64_t bounding) noexcept {
  if (!look()) return false;
  if ((bits_of(CAPNG_BOUNDING_SET) & ~bounding) == 0) return true;
  put(CAPNG_BOUNDING_SET, bounding);
  return apply(CAPNG_SELECT_BOUNDS);
}

bool keep_capabilities_over_user_change() noexcept { return ::prctl(PR_SET_KEEPCAPS, 1) == 0; }

bool set_capabilities(std::uint64_t permitted, std::uint64_t inheritable) noexcept {
  if (!look()) return false;
  put(static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), permitted);
  put(CAPNG_INHERITABLE, inheritable);
  return apply(CAPNG_SELECT_CAPS);
}

bool raise_ambient(std::uint64_t ambient) noexcept {
  if (!look()) return false;
  put(CAPNG_AMBIENT, ambient);
  return apply(CAPNG_SELECT_AMBIENT);
}

}  // namespace pmx::os
