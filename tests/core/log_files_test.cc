#include "core/log_files.h"

#include <doctest/doctest.h>

namespace pmx {

TEST_CASE("the id stands before the end of a log file's name, in place of an older one") {
  CHECK(numbered_path("/logs/out.log", 3) == "/logs/out-3.log");
  CHECK(numbered_path("/logs/out-12.log", 3) == "/logs/out-3.log");
  CHECK(numbered_path("/logs/v2.log", 0) == "/logs/v2-0.log");
  CHECK(numbered_path("-1.log", 2) == "-2.log");
  CHECK(numbered_path(".log", 2) == "-2.log");
}

TEST_CASE("a name that does not end with .log stays") {
  CHECK(numbered_path("/logs/out.txt", 3) == "/logs/out.txt");
  CHECK(numbered_path("", 3).empty());
}

}  // namespace pmx
