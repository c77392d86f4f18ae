#include "cli/list_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pmx::cli {
namespace {

Node text(std::string_view value) { return {std::string(value), {}}; }
Node number(std::int64_t value) { return {value, {}}; }

Node instance_with(Node::Map members) { return {std::move(members), {}}; }

Node online() {
  return instance_with({{"id", {}, number(0)},
                        {"name", {}, text("api")},
                        {"instance", {}, number(0)},
                        {"namespace", {}, text("default")},
                        {"version", {}, text("1.2.3")},
                        {"mode", {}, text("fork")},
                        {"pid", {}, number(17)},
                        {"status", {}, text("online")},
                        {"uptime_ms", {}, number(185'000)},
                        {"restarts", {}, number(2)},
                        {"cpu_percent", {}, number(12)},
                        {"memory_bytes", {}, number(28'311'552)},
                        {"user", {}, text("root")},
                        {"watching", {}, {false, {}}}});
}

Node errored() {
  return instance_with({{"id", {}, number(1)},
                        {"name", {}, text("worker")},
                        {"instance", {}, number(3)},
                        {"namespace", {}, text("data")},
                        {"version", {}, {}},
                        {"mode", {}, text("fork")},
                        {"pid", {}, {}},
                        {"status", {}, text("errored")},
                        {"uptime_ms", {}, number(0)},
                        {"restarts", {}, number(16)},
                        {"cpu_percent", {}, number(0)},
                        {"memory_bytes", {}, number(0)},
                        {"user", {}, text("app")},
                        {"watching", {}, {false, {}}}});
}

Node::List both() { return {online(), errored()}; }

TableStyle terminal(std::size_t width) {
  return {.has_boxes = true, .has_colours = true, .width = width};
}

std::vector<std::string> lines_of(std::string_view table) {
  std::vector<std::string> lines;
  while (!table.empty()) {
    const std::size_t end = table.find('\n');
    REQUIRE(end != table.npos);
    lines.emplace_back(table.substr(0, end));
    table.remove_prefix(end + 1);
  }
  return lines;
}

// In columns of a terminal: no colours, and of each character its first byte.
std::size_t columns_of(std::string_view line) {
  std::size_t count = 0;
  bool is_colour = false;
  for (const char byte : line) {
    if (byte == '\033') is_colour = true;
    if (!is_colour && (byte & 0xC0) != 0x80) ++count;
    if (byte == 'm') is_colour = false;
  }
  return count;
}

std::string without_colours(std::string_view table) {
  std::string plain;
  while (!table.empty()) {
    const std::size_t begin = std::min(table.find('\033'), table.size());
    plain += table.substr(0, begin);
    table.remove_prefix(begin);
    if (!table.empty()) table.remove_prefix(table.find('m') + 1);
  }
  return plain;
}

Node worker() {
  Node instance = online();
  Node::Map& members = *std::get_if<Node::Map>(&instance.value);
  members.push_back({"connections", {}, number(1'204)});
  members.push_back({"in_flight", {}, number(3)});
  const auto metric = [](double value, std::string_view unit) {
    return instance_with({{"value", {}, {value, {}}}, {"unit", {}, text(unit)}});
  };
  members.push_back({"metrics",
                     {},
                     instance_with({{"Used Heap Size", {}, metric(4.52, "MiB")},
                                    {"Event Loop Latency p95", {}, metric(0.25, "ms")}})});
  return instance;
}

TEST_CASE("where a cluster is there are columns of its workers") {
  const std::string table = list_table({worker(), errored()}, {});
  const auto lines = lines_of(table);
  CHECK(lines[0].contains("mem     conns  in flight  heap      loop p95  user"));
  CHECK(lines[1].contains("27.0mb  1204   3          4.52 MiB  0.25 ms   root"));
  CHECK(lines[2].contains("0.0kb   -      -          -         -         app"));
}

TEST_CASE("piped it is columns of text, as wide as they become") {
  CHECK(list_table(both(), {}) ==
        "id  name    namespace  version  mode  pid  uptime  ↺   status   cpu  mem     user  "
        "watching\n"
        "0   api     default    1.2.3    fork  17   3m      2   online   12%  27.0mb  root  "
        "disabled\n"
        "1   worker  data       -        fork  -    0s      16  errored  0%   0.0kb   app   "
        "disabled\n");
}

TEST_CASE("of nobody there are the titles alone") {
  CHECK(list_table({}, {}) ==
        "id  name  namespace  version  mode  pid  uptime  ↺  status  cpu  mem  user  watching\n");
  const auto lines = lines_of(list_table({}, terminal(200)));
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].starts_with("┌"));
  CHECK(lines[3].ends_with("┘"));
}

TEST_CASE("on a wide terminal there are boxes around all columns") {
  const auto lines = lines_of(without_colours(list_table(both(), terminal(200))));
  REQUIRE(lines.size() == 6);
  CHECK(lines[0].starts_with("┌────┬────────┬"));
  CHECK(lines[1] ==
        "│ id │ name   │ namespace │ version │ mode │ pid │ uptime │ ↺  │ status  │ cpu │ mem    │ "
        "user "
        "│ watching │");
  CHECK(lines[2].starts_with("├────┼────────┼"));
  CHECK(lines[3] ==
        "│ 0  │ api    │ default   │ 1.2.3   │ fork │ 17  │ 3m     │ 2  │ online  │ 12% │ 27.0mb │ "
        "root "
        "│ disabled │");
  CHECK(lines[5].starts_with("└────┴────────┴"));
  for (const std::string& line : lines) CHECK(columns_of(line) == columns_of(lines[0]));
}

TEST_CASE("on a narrow terminal the least important columns are left out") {
  const auto lines = lines_of(list_table(both(), terminal(60)));
  REQUIRE(lines.size() == 6);
  for (const std::string& line : lines) CHECK(columns_of(line) == 60);
  CHECK(without_colours(lines[3]) ==
        "│ 0  │ api    │ 17  │ 3m     │ 2  │ online  │ 12% │ 27.0mb │");
  // That is all that there is room for: on the next narrower one it is a column less.
  const auto narrower = lines_of(without_colours(list_table(both(), terminal(59))));
  CHECK(narrower[3] == "│ 0  │ api    │ 17  │ 3m     │ 2  │ online  │ 27.0mb │");
}

TEST_CASE("who it is and how it is are shown on the narrowest terminal") {
  const auto lines = lines_of(without_colours(list_table(both(), terminal(10))));
  CHECK(lines[1] == "│ id │ name   │ status  │");
  CHECK(lines[4] == "│ 1  │ worker │ errored │");
}

TEST_CASE("a status has a colour, and text that is piped has none") {
  Node::List instances = both();
  instances.push_back(instance_with({{"status", {}, text("stopped")}}));
  const std::string table = list_table(instances, terminal(200));
  CHECK(table.contains("\033[32monline\033[0m"));
  CHECK(table.contains("\033[31merrored\033[0m"));
  CHECK(table.contains("\033[33mstopped\033[0m"));
  CHECK(table.contains("\033[36mstatus\033[0m"));
  CHECK(!list_table(instances, {}).contains('\033'));
  CHECK(!list_table(instances, {.has_boxes = true, .width = 200}).contains('\033'));
}

TEST_CASE("a table has the same width with colours as without") {
  const std::string table = list_table(both(), terminal(200));
  CHECK(without_colours(table) == list_table(both(), {.has_boxes = true, .width = 200}));
}

TEST_CASE("the chosen row is marked") {
  const auto lines = lines_of(list_table(both(), {.has_boxes = true, .chosen = 1}));
  CHECK(lines[3].starts_with("│ 0"));
  CHECK(lines[4].starts_with("▶ 1"));
}

TEST_CASE("times and sizes have the largest unit that is not 0") {
  struct Shown {
    std::int64_t milliseconds;
    std::int64_t bytes;
    std::string_view uptime;
    std::string_view memory;
  };
  for (const Shown& one :
       {Shown{59'999, 1'023, "59s", "1.0kb"}, Shown{60'000, 1'048'576, "1m", "1.0mb"},
        Shown{3'600'000, 1'073'741'824, "1h", "1.0gb"},
        Shown{86'400'000, 1'610'612'736, "1D", "1.5gb"}}) {
    CAPTURE(one.uptime);
    const auto lines =
        lines_of(list_table({instance_with({{"uptime_ms", {}, number(one.milliseconds)},
                                            {"memory_bytes", {}, number(one.bytes)}})},
                            {.has_boxes = true}));
    CHECK(lines[3].contains(std::string("│ ").append(one.uptime).append(" ")));
    CHECK(lines[3].contains(std::string("│ ").append(one.memory).append(" ")));
  }
}

TEST_CASE("one line says who it is, how it is and what its process is") {
  CHECK(one_line_on(online()) == "api[0] is online, process 17");
  CHECK(one_line_on(errored()) == "worker[3] is errored");
}

}  // namespace
}  // namespace pmx::cli
