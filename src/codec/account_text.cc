#include "codec/account_text.h"

#include <utility>

#include "base/text.h"

namespace pmx {
namespace {

constexpr unsigned kNoId = -1U;

// name:password:uid:gid:comment:home:shell
std::optional<Account> parse_account(std::string_view line) {
  const std::string_view name = next_field(line, ':');
  next_field(line, ':');
  const auto user = parse_account_id(next_field(line, ':'));
  const auto group = parse_account_id(next_field(line, ':'));
  next_field(line, ':');
  const std::string_view home = next_field(line, ':');
  if (name.empty() || !user || !group) return std::nullopt;
  return Account{std::string(name), *user, *group, std::string(home)};
}

// name:password:gid:member,member
struct GroupLine {
  std::string_view name;
  unsigned group = 0;
  std::string_view members;
};
std::optional<GroupLine> parse_group(std::string_view line) {
  const std::string_view name = next_field(line, ':');
  next_field(line, ':');
  const auto group = parse_account_id(next_field(line, ':'));
  if (name.empty() || !group) return std::nullopt;
  return GroupLine{name, *group, line};
}

// The first line that `parse` understands and `is_it` accepts.
template <class Parse, class IsIt>
auto find_line(std::string_view text, Parse parse, IsIt is_it) -> decltype(parse(text)) {
  while (!text.empty()) {
    auto parsed = parse(next_field(text, '\n'));
    if (parsed && is_it(*parsed)) return parsed;
  }
  return std::nullopt;
}

}  // namespace

std::optional<unsigned> parse_account_id(std::string_view text) noexcept {
  const auto id = parse_number<unsigned>(text);
  return id == kNoId ? std::nullopt : id;
}

std::optional<Account> find_account(std::string_view passwd, std::string_view name) {
  return find_line(passwd, parse_account, [&](const Account& a) { return a.name == name; });
}

std::optional<Account> find_account(std::string_view passwd, unsigned user) {
  return find_line(passwd, parse_account, [&](const Account& a) { return a.user == user; });
}

std::optional<unsigned> find_group(std::string_view groups, std::string_view name) {
  const auto line =
      find_line(groups, parse_group, [&](const GroupLine& g) { return g.name == name; });
  return line ? std::optional(line->group) : std::nullopt;
}

std::vector<unsigned> groups_of(std::string_view groups, std::string_view user) {
  std::vector<unsigned> found;
  while (!groups.empty()) {
    auto line = parse_group(next_field(groups, '\n'));
    while (line && !line->members.empty()) {
      if (next_field(line->members, ',') != user) continue;
      found.push_back(line->group);
      break;
    }
  }
  return found;
}

}  // namespace pmx
