#include "codec/time_text.h"

#include <doctest/doctest.h>

#include <limits>

namespace pmx {
namespace {

TEST_CASE("times are RFC 3339 in UTC with microseconds") {
  struct Row {
    std::int64_t microseconds;
    std::string_view text;
  };
  const Row rows[] = {
      {0, "1970-01-01T00:00:00.000000Z"},
      {1'795'407'903'123'456, "2026-11-23T04:25:03.123456Z"},
      {1'795'407'903'000'001, "2026-11-23T04:25:03.000001Z"},
      {951'782'400'000'000, "2000-02-29T00:00:00.000000Z"},
      {253'402'300'799'999'999, "9999-12-31T23:59:59.999999Z"},
      {-5, "1970-01-01T00:00:00.000000Z"},
      {std::numeric_limits<std::int64_t>::max(), "9999-12-31T23:59:59.999999Z"},
  };
  TimeText time;
  CHECK(time.text() == rows[0].text);
  for (const Row& row : rows) {
    time.set({row.microseconds});
    CHECK(time.text() == row.text);
    CHECK(time.time().microseconds == row.microseconds);
  }
}

TEST_CASE("RFC 3339 is told from what only looks like it") {
  for (const char* text : {"2026-11-23T04:25:03Z", "2026-11-23T04:25:03.1Z",
                           "2024-02-29T23:59:59.123456789+14:00", "1970-01-01T00:00:00-00:30"}) {
    CAPTURE(text);
    CHECK(is_rfc3339(text));
  }
  for (const char* text :
       {"", "2026-11-23", "2026-11-23T04:25:03", "2026-11-23 04:25:03Z", "2026-11-23T04:25:03.Z",
        "2026-11-23T04:25:03.1234567890Z", "2026-02-29T04:25:03Z", "2026-13-01T04:25:03Z",
        "2026-11-23T24:00:00Z", "2026-11-23T04:60:03Z", "2026-11-23T04:25:60Z",
        "2026-11-23T04:25:03+0100", "2026-11-23T04:25:03+25:00", "2026-11-23T04:25:03Zulu",
        "2026-11-23T04:25:03+", "today"}) {
    CAPTURE(text);
    CHECK_FALSE(is_rfc3339(text));
  }
}

TEST_CASE("a number is a time in the unit that makes sense of it") {
  struct Row {
    const char* number;
    std::int64_t microseconds;
  };
  const Row rows[] = {
      {"1795407903", 1'795'407'903'000'000},          {"1795407903.5", 1'795'407'903'500'000},
      {"1795407903.1234567", 1'795'407'903'123'456},  {"1795407903123", 1'795'407'903'123'000},
      {"1795407903123.25", 1'795'407'903'123'250},    {"1795407903123456", 1'795'407'903'123'456},
      {"1795407903123456789", 1'795'407'903'123'456}, {"100000000", 100'000'000'000'000},
      {"99999999999", 99'999'999'999'000'000},        {"100000000000", 100'000'000'000'000},
      {"9223372036854775807", 9'223'372'036'854'775}};
  for (const Row& row : rows) {
    CAPTURE(row.number);
    REQUIRE(time_of_number(row.number));
    CHECK(time_of_number(row.number)->microseconds == row.microseconds);
  }
  for (const char* number :
       {"0", "-1795407903", "30", "99999999", "1.5e9", "9223372036854775808", "true", "null"}) {
    CAPTURE(number);
    CHECK_FALSE(time_of_number(number));
  }
}

}  // namespace
}  // namespace pmx
