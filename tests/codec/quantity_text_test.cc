#include "codec/quantity_text.h"

#include <doctest/doctest.h>

#include <string>

namespace pmx {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a duration is a number of milliseconds, or has a unit") {
  struct Row {
    std::string_view text;
    Duration duration;
  };
  const Row rows[] = {{"0", 0ms},   {"1600", 1'600ms}, {"500ms", 500ms},  {"8s", 8s}, {"8S", 8s},
                      {"5m", 5min}, {"1h", 1h},        {"8784h", 8'784h}, {"0h", 0ms}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_duration(row.text) == row.duration);
  }
}

TEST_CASE("the text of a number is the shortest that reads back as it") {
  struct Row {
    double number;
    std::string_view text;
  };
  const Row rows[] = {
      {0.0, "0"}, {-1.5, "-1.5"},  {0.1, "0.1"},      {0.1 + 0.2, "0.30000000000000004"},
      {3.0, "3"}, {1e20, "1e+20"}, {5e-324, "5e-324"}};
  for (const Row& row : rows) CHECK(number_text(row.number) == row.text);
}

TEST_CASE("what is no duration is nothing") {
  for (const std::string_view bad :
       {"", "s", "ms", "-1", "+1s", "1.5s", "1 s", " 1s", "1s ", "1d", "1sec", "8785h",
        "31622400001", "99999999999999999999", "1s1s", "1e3"}) {
    CAPTURE(bad);
    CHECK(!parse_duration(bad));
  }
}

TEST_CASE("a size is a number of bytes, or has a unit of 1024") {
  struct Row {
    std::string_view text;
    std::uint64_t bytes;
  };
  const Row rows[] = {{"0", 0},
                      {"16383", 16'383},
                      {"12b", 12},
                      {"64K", 65'536},
                      {"64k", 65'536},
                      {"64KB", 65'536},
                      {"300M", 300U << 20},
                      {"1G", 1U << 30},
                      {"1gb", 1U << 30},
                      {"1073741824G", std::uint64_t{1} << 60}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_size(row.text) == row.bytes);
  }
}

TEST_CASE("what is no size is nothing") {
  for (const std::string_view bad : {"", "K", "B", "KB", "-1", "1.5M", "1 K", "1T", "1KiB", "1bb",
                                     "1073741825G", "18446744073709551616", "0x10"}) {
    CAPTURE(bad);
    CHECK(!parse_size(bad));
  }
}

TEST_CASE("a list of processors has numbers and ranges") {
  using List = std::vector<unsigned>;
  CHECK(parse_processors("0") == List{0});
  CHECK(parse_processors("0-3,5") == List{0, 1, 2, 3, 5});
  CHECK(parse_processors("7,1-1") == List{7, 1});
  CHECK(parse_processors("1023") == List{1'023});
  for (const std::string_view bad : {"", ",", "0,", ",0", "0,,1", "3-1", "-1", "1-", "-", "1-2-3",
                                     "a", "1024", "0-1024", "0 ,1", "4294967295", "0-4294967295"}) {
    CAPTURE(bad);
    CHECK(!parse_processors(bad));
  }
}

}  // namespace
}  // namespace pmx
