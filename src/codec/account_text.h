// Users and groups, from the text of /etc/passwd and /etc/group (passwd(5), group(5)). The name
// service switch is not asked: a static program cannot load it, and an image has only the files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pmx {

struct Account {
  std::string name;
  unsigned user = 0;
  unsigned group = 0;
  std::string home;
};

// A number from 0 to 4294967294. The last one, -1, is none: system calls take it as "leave it".
[[nodiscard]] std::optional<unsigned> parse_account_id(std::string_view text) noexcept;

[[nodiscard]] std::optional<Account> find_account(std::string_view passwd, std::string_view name);
[[nodiscard]] std::optional<Account> find_account(std::string_view passwd, unsigned user);
[[nodiscard]] std::optional<unsigned> find_group(std::string_view groups, std::string_view name);

// The groups that list the user as a member, in the file's order.
[[nodiscard]] std::vector<unsigned> groups_of(std::string_view groups, std::string_view user);

}  // namespace pmx
