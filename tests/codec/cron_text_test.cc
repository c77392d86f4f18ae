#include "codec/cron_text.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace pmx;

namespace {

namespace chr = std::chrono;

std::int64_t at(std::string_view text) {
  const auto number = [&](std::size_t from, std::size_t size) {
    return std::stoi(std::string(text.substr(from, size)));
  };
  const chr::sys_days day = chr::year(number(0, 4)) / number(5, 2) / number(8, 2);
  return chr::duration_cast<chr::seconds>(day.time_since_epoch()).count() + number(11, 2) * 3'600 +
         number(14, 2) * 60 + number(17, 2);
}

std::string text_of(std::int64_t second) {
  const chr::sys_seconds time{chr::seconds(second)};
  const auto day = chr::floor<chr::days>(time);
  const chr::year_month_day date{day};
  const chr::hh_mm_ss clock{time - day};
  const auto two = [](auto n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day())) +
         " " + two(clock.hours().count()) + ":" + two(clock.minutes().count()) + ":" +
         two(clock.seconds().count());
}

LocalTime utc(std::int64_t second) {
  const chr::sys_seconds time{chr::seconds(second)};
  const auto day = chr::floor<chr::days>(time);
  const chr::year_month_day date{day};
  const chr::hh_mm_ss clock{time - day};
  return {static_cast<int>(clock.seconds().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(chr::weekday(day).c_encoding())};
}

// Central Europe in 2026: summer from March 29 to October 25, both at 1:00 UTC.
LocalTime berlin(std::int64_t second) {
  const bool is_summer = second >= at("2026-03-29 01:00:00") && second < at("2026-10-25 01:00:00");
  return utc(second + (is_summer ? 7'200 : 3'600));
}

// In 2027 summer ends on October 31, a day of 25 hours then.
LocalTime berlin_2027(std::int64_t second) {
  return utc(second + (second < at("2027-10-31 01:00:00") ? 7'200 : 3'600));
}

std::string next(std::string_view cron, std::string_view now,
                 LocalTime (*local)(std::int64_t) = utc) {
  const auto schedule = parse_cron(cron);
  if (!schedule) return schedule.error();
  const auto time = next_time(*schedule, at(now), local);
  return time ? text_of(*time) : "never";
}

}  // namespace

TEST_CASE("the next time of a crontab's line") {
  struct Row {
    std::string_view cron;
    std::string_view now;
    std::string_view next;
  };
  const Row rows[] = {
      {"* * * * *", "2026-11-28 06:10:00", "2026-11-28 06:11:00"},
      {"*/15 * * * *", "2026-11-28 06:10:00", "2026-11-28 06:15:00"},
      {"7/20 * * * *", "2026-11-28 06:30:00", "2026-11-28 06:47:00"},
      {"0 3 * * *", "2026-11-28 06:10:00", "2026-11-29 03:00:00"},
      {"0 3 * * *", "2026-11-28 02:59:59", "2026-11-28 03:00:00"},
      {"0 3 * * *", "2026-11-28 03:00:00", "2026-11-29 03:00:00"},
      {"30 4 1 JAN *", "2026-11-28 06:10:00", "2027-01-01 04:30:00"},
      {"0 0 * * MON-FRI", "2026-11-28 06:10:00", "2026-11-30 00:00:00"},
      {"0 0 * * 7", "2026-11-28 06:10:00", "2026-11-29 00:00:00"},
      {"0 0 * * 5-7", "2026-11-28 06:10:00", "2026-11-29 00:00:00"},
      {"0 0 13 * 5", "2026-11-28 06:10:00", "2026-12-04 00:00:00"},
      {"0 0 L * *", "2026-02-03 00:00:00", "2026-02-28 00:00:00"},
      {"0 0 29 2 *", "2026-11-28 06:10:00", "2028-02-29 00:00:00"},
      {"1,31 9-10 * * *", "2026-11-28 09:31:00", "2026-11-28 10:01:00"},
      {"*/10 * * * * *", "2026-11-28 06:10:01", "2026-11-28 06:10:10"},
      {"0 30 4 ? * ?", "2026-11-28 06:10:00", "2026-11-29 04:30:00"},
      {" @daily ", "2026-11-28 06:10:00", "2026-11-29 00:00:00"},
      {"@HOURLY", "2026-11-28 06:10:00", "2026-11-28 07:00:00"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.cron);
    CHECK(next(row.cron, row.now) == row.next);
  }
}

TEST_CASE("what is no line of a crontab, and why") {
  struct Row {
    std::string_view cron;
    std::string_view rule;
  };
  const Row rows[] = {
      {"", "has 0 fields, not 5 (or 6, with seconds in front)"},
      {"* * * *", "has 4 fields, not 5 (or 6, with seconds in front)"},
      {"60 * * * *", "has \"60\" as its minute (0 to 59)"},
      {"* 24 * * *", "has \"24\" as its hour (0 to 23)"},
      {"* * 0 * *", "has \"0\" as its day of the month (1 to 31)"},
      {"* * * 13 *", "has \"13\" as its month (1 to 12)"},
      {"* * * * FUN", "has \"FUN\" as its day of the week (0 to 7)"},
      {"*/0 * * * *", "has \"*/0\" as its minute (0 to 59)"},
      {"5-1 * * * *", "has \"5-1\" as its minute (0 to 59)"},
      {"1, * * * *", "has \"1,\" as its minute (0 to 59)"},
      {",1 * * * *", "has \"\" as its minute (0 to 59)"},
      {"1-2-3 * * * *", "has \"1-2-3\" as its minute (0 to 59)"},
      {"0 3 30 2 *", "names a day that never comes"},
      {"0 3 31 2,4,6,9,11 ?", "names a day that never comes"},
      {"-1 * * * *", "has \"-1\" as its minute (0 to 59)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.cron);
    const auto schedule = parse_cron(row.cron);
    REQUIRE(!schedule);
    CHECK(schedule.error() == row.rule);
  }
}

TEST_CASE("in spring an hour is missing: what stands in it does not come that day") {
  CHECK(next("30 2 * * *", "2026-03-28 12:00:00", berlin) == "2026-03-30 00:30:00");
  CHECK(next("30 * * * *", "2026-03-29 00:30:00", berlin) == "2026-03-29 01:30:00");
}

TEST_CASE("the last day of a month is the last one, however long it is") {
  CHECK(next("0 0 L * *", "2027-10-30 12:00:00", berlin_2027) == "2027-10-30 22:00:00");
  CHECK(next("30 23 L * *", "2027-10-30 12:00:00", berlin_2027) == "2027-10-31 22:30:00");
}

TEST_CASE("in autumn an hour comes twice: it counts once, unless every hour is meant") {
  CHECK(next("30 2 * * *", "2026-10-24 12:00:00", berlin) == "2026-10-25 00:30:00");
  CHECK(next("30 2 * * *", "2026-10-25 00:30:00", berlin) == "2026-10-26 01:30:00");
  CHECK(next("30 * * * *", "2026-10-25 00:30:00", berlin) == "2026-10-25 01:30:00");
}
