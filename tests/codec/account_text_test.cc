#include "codec/account_text.h"

#include <doctest/doctest.h>

namespace pmx {
namespace {

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "# a comment\n"
    "\n"
    "broken\n"
    ":x:5:5::/:/bin/sh\n"
    "nouid:x::7::/:/bin/sh\n"
    "big:x:4294967296:1::/:/bin/sh\n"
    "+::::::\n"
    "node:x:1000:1001::/home/node:/bin/bash\n"
    "node:x:2000:2000:a second one:/elsewhere:/bin/sh\n"
    "short:x:12:13\n"
    "last:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin";  // no newline

constexpr std::string_view kGroup =
    "root:x:0:\n"
    "daemon:x:1:node\n"
    "broken\n"
    "nogid:x::node\n"
    "tty:x:5:root,node,last\n"
    "nodes:x:6:nodes,anode\n"
    "twice:x:8:node,node\n"
    "node:x:1001:\n"
    "last:x:65534:node";

TEST_CASE("a user is found by name: the first of that name, with group and home") {
  const auto node = find_account(kPasswd, "node");
  REQUIRE(node);
  CHECK(node->name == "node");
  CHECK(node->user == 1'000);
  CHECK(node->group == 1'001);
  CHECK(node->home == "/home/node");
  CHECK(find_account(kPasswd, "root")->user == 0);
  CHECK(find_account(kPasswd, "last")->home == "/nonexistent");
}

TEST_CASE("a user is found by number") {
  CHECK(find_account(kPasswd, 1'000U)->name == "node");
  CHECK(find_account(kPasswd, 65'534U)->name == "last");
  CHECK(!find_account(kPasswd, 1'001U));
}

TEST_CASE("a line without its last fields is a user without a home") {
  REQUIRE(find_account(kPasswd, "short"));
  CHECK(find_account(kPasswd, "short")->home.empty());
}

TEST_CASE("lines that are no users are passed over") {
  for (const std::string_view name : {"broken", "", "nouid", "big", "+", "# a comment", "nod"}) {
    CAPTURE(name);
    CHECK(!find_account(kPasswd, name));
  }
  CHECK(!find_account("", "root"));
}

TEST_CASE("a group is found by name") {
  CHECK(find_group(kGroup, "tty") == 5U);
  CHECK(find_group(kGroup, "last") == 65'534U);
  CHECK(!find_group(kGroup, "nogid"));
  CHECK(!find_group(kGroup, "tt"));
  CHECK(!find_group("", "root"));
}

TEST_CASE("a user's groups are those that list the whole name, each once") {
  using Groups = std::vector<unsigned>;
  CHECK(groups_of(kGroup, "node") == Groups{1, 5, 8, 65'534});
  CHECK(groups_of(kGroup, "last") == Groups{5});
  CHECK(groups_of(kGroup, "nobody").empty());
  CHECK(groups_of("", "node").empty());
}

TEST_CASE("-1 is nobody: the kernel would leave the user as it is, root") {
  CHECK(parse_account_id("4294967294") == 4'294'967'294U);
  CHECK(!parse_account_id("4294967295"));
  CHECK(!parse_account_id("-1"));
  CHECK(!find_account("evil:x:4294967295:1000::/:/bin/sh\n", "evil"));
  CHECK(!find_account("evil:x:1000:4294967295::/:/bin/sh\n", "evil"));
  CHECK(!find_group("evil:x:4294967295:\n", "evil"));
}

}  // namespace
}  // namespace pmx
