#include "os/file_user.h"

#include <grp.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include <cstddef>

#include "os/capabilities.h"

namespace pmx::os {
namespace {

std::vector<unsigned> groups_now() {
  const int count = ::getgroups(0, nullptr);
  std::vector<unsigned> groups(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (::getgroups(count, groups.data()) < 0) groups.clear();
  return groups;
}

}  // namespace

// The groups first: that needs the rights that go with our user.
ActingAs::ActingAs(const FileUser& wanted) noexcept
    : user_(wanted.user.value_or(::geteuid())), own_user_(::geteuid()), own_group_(::getegid()) {
  if (wanted.user && *wanted.user != own_user_) {
    own_groups_ = groups_now();
    has_groups_ = ::setgroups(wanted.groups.size(), wanted.groups.data()) == 0;
  }
  if (wanted.group) ::setfsgid(*wanted.group);
  if (wanted.user) ::setfsuid(*wanted.user);
  if (!wanted.capabilities) return;
  if (const auto own = own_capabilities()) {
    own_capabilities_ = own->effective;
    set_effective_capabilities(own->effective & *wanted.capabilities);
  }
}

ActingAs::~ActingAs() {
  if (own_capabilities_) set_effective_capabilities(*own_capabilities_);
  ::setfsuid(own_user_);
  ::setfsgid(own_group_);
  if (has_groups_) ::setgroups(own_groups_.size(), own_groups_.data());
}

}  // namespace pmx::os
