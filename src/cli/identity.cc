#include "cli/identity.h"

#include <linux/capability.h>
#include <unistd.h>

#include <bit>
#include <cctype>
#include <optional>
#include <string_view>
#include <vector>

#include "base/concat.h"
#include "base/text.h"
#include "codec/account_text.h"
#include "os/capabilities.h"
#include "os/file.h"

namespace pmx::cli {
namespace {

std::unexpected<Refusal> refuse(std::string sentence) {
  return std::unexpected(Refusal{std::move(sentence)});
}

// Missing, the file knows nobody.
std::string text_of(const char* path) { return os::read_file(path).value_or(std::string{}); }

std::string no_capability(std::string_view name) {
  std::string wanted;
  for (const char c : name)
    wanted += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!wanted.starts_with("CAP_")) wanted.insert(0, "CAP_");
  std::vector<std::string> names;
  for (unsigned n = 0; n <= CAP_LAST_CAP; ++n) names.push_back(os::capability_name(n));
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto nearest = nearest_word(wanted, known);
  return concat("is no list of capabilities: ", name, " is none",
                nearest ? concat(", did you mean ", *nearest, "?") : " (as net_bind_service,kill)");
}

std::expected<unsigned, Refusal> group_number(std::string_view name) {
  if (const auto number = parse_account_id(name)) return *number;
  if (const auto group = find_group(text_of("/etc/group"), name)) return *group;
  return refuse(concat("cannot find the group \"", name, "\" in /etc/group"));
}

std::expected<void, Refusal> apply_user(const IdentityOptions& wanted, ProcessSettings& settings) {
  std::string_view group = wanted.user;
  const std::string_view user = next_field(group, ':');
  const std::string passwd = text_of("/etc/passwd");
  const auto number = parse_account_id(user);
  const auto account = number ? find_account(passwd, *number) : find_account(passwd, user);
  if (!number && !account) {
    return refuse(concat("cannot find the user \"", user, "\" in /etc/passwd"));
  }
  settings.user = account ? account->user : *number;
  settings.groups.emplace();
  if (!group.empty()) {
    const auto chosen = group_number(group);
    if (!chosen) return std::unexpected(chosen.error());
    settings.group = *chosen;
  } else if (account) {
    settings.group = account->group;
    settings.groups = groups_of(text_of("/etc/group"), account->name);
  } else {
    settings.group = *number;  // nobody in /etc/passwd: never root's group by accident
  }
  settings.environment.set("HOME", account ? account->home : "/");
  if (account) {
    settings.environment.set("USER", account->name);
    settings.environment.set("LOGNAME", account->name);
  }
  return {};
}

std::expected<void, Refusal> apply_groups(const IdentityOptions& wanted,
                                          ProcessSettings& settings) {
  settings.groups.emplace();
  for (const std::string& name : *wanted.groups) {
    const auto group = group_number(name);
    if (!group) return std::unexpected(group.error());
    settings.groups->push_back(*group);
  }
  return {};
}

// Nothing to change is nothing that could be forbidden. Its other groups it gets where we may give
// them.
void forget_what_is_so_already(const IdentityOptions& wanted, ProcessSettings& settings) {
  const bool same = settings.user == ::geteuid() && settings.group == ::getegid();
  if (!same || wanted.groups) return;
  settings.user.reset();
  settings.group.reset();
  const auto own = os::own_capabilities();
  if (!own || !own->can(CAP_SETGID)) settings.groups.reset();
}

std::expected<void, Refusal> need(const os::OwnCapabilities& own, unsigned capability,
                                  const std::string& what_for) {
  if (own.can(capability)) return {};
  return refuse(concat("cannot ", what_for, " without ", os::capability_name(capability),
                       ": add it (docker run --cap-add), or do not change it here"));
}

std::expected<void, Refusal> check_user_change(const ProcessSettings& settings,
                                               const os::OwnCapabilities& own) {
  if (settings.user && *settings.user != ::geteuid()) {
    const std::string user = std::to_string(*settings.user);
    if (auto able = need(own, CAP_SETUID, concat("run the command as user ", user)); !able)
      return able;
    if (auto able = need(own, CAP_KILL, concat("signal a command that runs as user ", user));
        !able) {
      return able;
    }
  }
  if (settings.group || settings.groups) return need(own, CAP_SETGID, "change groups");
  return {};
}

std::expected<void, Refusal> apply_capabilities(const IdentityOptions& wanted,
                                                ProcessSettings& settings,
                                                const os::OwnCapabilities& own) {
  std::uint64_t bounding = own.bounding;
  if (wanted.caps_keep) bounding &= *wanted.caps_keep;
  if (wanted.caps_drop_all) bounding = 0;
  bounding = (bounding & ~wanted.caps_drop) | wanted.caps_ambient;

  const std::uint64_t lacking = wanted.caps_ambient & ~(own.permitted & own.bounding);
  if (lacking != 0) {
    const auto first = static_cast<unsigned>(std::countr_zero(lacking));
    return refuse(concat("cannot give the command ", os::capability_name(first),
                         ", which pmx-init does not have: add it (docker run --cap-add)"));
  }
  if ((own.bounding & ~bounding) != 0) {
    if (auto able = need(own, CAP_SETPCAP, "drop capabilities"); !able) return able;
  }
  settings.capabilities = CapabilitySets{bounding, wanted.caps_ambient};
  return {};
}

}  // namespace

std::expected<std::uint64_t, std::string> parse_capabilities(std::string_view list) {
  std::uint64_t bits = 0;
  while (!list.empty()) {
    const std::string_view name = next_field(list, ',');
    const auto capability = os::capability_from_name(name);
    if (!capability) return std::unexpected(no_capability(name));
    bits |= std::uint64_t{1} << *capability;
  }
  return bits;
}

std::expected<void, Refusal> apply_identity(const IdentityOptions& wanted,
                                            ProcessSettings& settings) {
  if (!wanted.user.empty()) {
    if (auto applied = apply_user(wanted, settings); !applied) return applied;
  }
  if (wanted.groups) {
    if (auto applied = apply_groups(wanted, settings); !applied) return applied;
  }
  if (settings.user) forget_what_is_so_already(wanted, settings);

  const bool changes_user = settings.user || settings.group || settings.groups;
  if (!changes_user && !wanted.changes_capabilities()) return {};
  const auto own = os::own_capabilities();
  // Part of what libcap-ng knows about us comes from there.
  if (wanted.changes_capabilities() && (!own || !os::exists("/proc/self/status"))) {
    return refuse("cannot change capabilities without /proc: mount it, or leave the options out");
  }
  if (!own) return {};
  if (auto able = check_user_change(settings, *own); !able) return able;
  if (!wanted.changes_capabilities()) return {};
  return apply_capabilities(wanted, settings, *own);
}

std::string user_and_group(const std::string& user, const std::string& group) {
  if (group.empty()) return user;
  const std::string own = user.empty() ? std::to_string(::geteuid()) : user;
  return concat(own.substr(0, own.find(':')), ":", group);
}

}  // namespace pmx::cli
