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

}  // namespace
}  // namespace pmx
