#include "codec/event_record.h"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace pmx {
namespace {

constexpr WallTime kTime{1'795'407'904'000'123};

std::string json_of(const EventRecord& record, const OutputPolicy& policy = {},
                    std::size_t room = 2'048) {
  std::string out(room, '?');
  out.resize(write_json_event(record, policy, out));
  return out;
}

std::string text_of(const EventRecord& record, std::size_t room = 2'048) {
  std::string out(room, '?');
  out.resize(write_text_event(record, "pmx-init", out));
  return out;
}

TEST_CASE("an event about a process has its fields between event and msg") {
  const std::array fields{EventField{"code", std::int64_t{1}}, EventField{"signal", nullptr},
                          EventField{"uptime_ms", std::int64_t{877}}};
  const EventRecord record{kTime,    Level::error, EventSubject{"api", 0, Pid{17}},
                           "exited", fields,       "exited with code 1 after 877 ms"};
  CHECK(json_of(record) ==
        R"({"time":"2026-11-23T04:25:04.000123Z","level":"error","app":"api","instance":0,)"
        R"("pid":17,"event":"exited","code":1,"signal":null,"uptime_ms":877,)"
        R"("msg":"exited with code 1 after 877 ms"})"
        "\n");
  CHECK(text_of(record) == "api[0] | exited with code 1 after 877 ms\n");
}

TEST_CASE("an event about nobody has no app, and one before the start has no pid") {
  CHECK(json_of({kTime, Level::warn, std::nullopt, "dropped", {}, "m"}) ==
        R"({"time":"2026-11-23T04:25:04.000123Z","level":"warn","event":"dropped","msg":"m"})"
        "\n");
  CHECK(json_of({kTime, Level::debug, EventSubject{"a", 3, std::nullopt}, "errored", {}, ""}) ==
        R"({"time":"2026-11-23T04:25:04.000123Z","level":"debug","app":"a","instance":3,)"
        R"("event":"errored","msg":""})"
        "\n");
  CHECK(text_of({kTime, Level::warn, std::nullopt, "dropped", {}, "m"}) == "pmx-init | m\n");
}

TEST_CASE("texts are escaped and become valid UTF-8") {
  const std::string_view nasty = "a\"b\\c\n\x01\xff\xed\x95\x9c";
  const std::array fields{EventField{"signal", nasty}};
  const auto json = nlohmann::json::parse(
      json_of({kTime, Level::info, EventSubject{nasty, 0, Pid{1}}, "signal", fields, nasty}));
  const std::string clean = "a\"b\\c\n\x01\xef\xbf\xbd\xed\x95\x9c";
  CHECK(json["app"] == clean);
  CHECK(json["signal"] == clean);
  CHECK(json["msg"] == clean);
}

TEST_CASE("numbers keep their value at both ends") {
  const std::array fields{EventField{"least", std::numeric_limits<std::int64_t>::min()},
                          EventField{"most", std::numeric_limits<std::int64_t>::max()}};
  const auto json =
      nlohmann::json::parse(json_of({kTime, Level::info, std::nullopt, "e", fields, "m"}));
  CHECK(json["least"] == std::numeric_limits<std::int64_t>::min());
  CHECK(json["most"] == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("a message that is too long is cut, and the record stays whole") {
  const std::string message = std::string(3'000, 'x') + "\xed\x95\x9c";
  OutputPolicy policy;
  policy.max_record = kSmallestMaxRecord;
  const std::string record =
      json_of({kTime, Level::info, std::nullopt, "e", {}, message}, policy, 4'000);
  CHECK(record.size() == policy.max_record + 1);
  CHECK(record.ends_with("x\"}\n"));
  CHECK(nlohmann::json::accept(record));
}

TEST_CASE("whatever the room, what is written is a whole record or nothing") {
  const std::array fields{EventField{"signal", std::string_view{"SIG\"TERM\""}}};
  const EventRecord record{kTime,    Level::info, EventSubject{"\n\n\n", 0, Pid{17}},
                           "signal", fields,      "\xed\x95\x9c\xed\x95\x9c \"quoted\""};
  const std::size_t whole = json_of(record).size();
  for (std::size_t room = 0; room <= whole + 2; ++room) {
    CAPTURE(room);
    const std::string json = json_of(record, {}, room);
    CHECK(json.size() <= room);
    if (!json.empty()) CHECK(nlohmann::json::accept(json));
    if (room >= whole) CHECK(json.size() == whole);
  }
  CHECK(text_of(record, 5).empty());
}

TEST_CASE("each level has its word") {
  const auto level_of = [](Level level) {
    return nlohmann::json::parse(json_of({kTime, level, std::nullopt, "e", {}, "m"}))["level"];
  };
  CHECK(level_of(Level::debug) == "debug");
  CHECK(level_of(Level::info) == "info");
  CHECK(level_of(Level::warn) == "warn");
  CHECK(level_of(Level::error) == "error");
}

TEST_CASE("as text a message that is too long is cut between characters") {
  const std::string message = std::string(20, 'a') + "\xed\x95\x9c\xed\x95\x9c";
  const EventRecord record{kTime,     Level::error, EventSubject{"a", 0, Pid{1}},
                           "errored", {},           message};
  CHECK(text_of(record) == "a[0] | " + message + "\n");
  const std::string whole = "a[0] | " + std::string(20, 'a') + "\xed\x95\x9c\n";
  CHECK(text_of(record, whole.size()) == whole);
  CHECK(text_of(record, whole.size() + 2) == whole);
  CHECK(text_of(record, whole.size() - 1) == "a[0] | " + std::string(20, 'a') + "\n");
}

}  // namespace
}  // namespace pmx
