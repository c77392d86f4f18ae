#include "cli/resolve.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/concat.h"
#include "codec/json_document.h"
#include "codec/manifest_document.h"
#include "runtime/container_limits.h"

namespace pmx::cli {
namespace {

ManifestSettings settings_with(std::string_view instances) {
  const auto document =
      parse_json_document(concat(R"({"command": "true", "instances": )", instances, "}"));
  REQUIRE(document);
  auto settings = read_manifest(*document);
  REQUIRE(settings);
  settings->apps.front().name = "app";
  return std::move(*settings);
}

unsigned counted(std::string_view instances, unsigned processors) {
  return instances_of(*settings_with(instances).apps.front().instances, processors);
}

TEST_CASE("instances are counted by the processors that may be used, and are at least one") {
  struct Row {
    std::string_view written;
    unsigned of_1;
    unsigned of_2;
    unsigned of_8;
  };
  const Row rows[] = {{"1", 1, 1, 1},         {"3", 3, 3, 3},         {R"("3")", 3, 3, 3},
                      {R"("max")", 1, 2, 8},  {"0", 1, 2, 8},         {R"("0")", 1, 2, 8},
                      {"-1", 1, 1, 7},        {"-2", 1, 1, 6},        {"-8", 1, 1, 1},
                      {"-100", 1, 1, 1},      {R"("1%")", 1, 1, 1},   {R"("50%")", 1, 1, 4},
                      {R"("51%")", 1, 2, 5},  {R"("75%")", 1, 2, 6},  {R"("76%")", 1, 2, 7},
                      {R"("100%")", 1, 2, 8}, {R"("150%")", 2, 3, 12}};
  for (const Row& row : rows) {
    CAPTURE(row.written);
    CHECK(counted(row.written, 1) == row.of_1);
    CHECK(counted(row.written, 2) == row.of_2);
    CHECK(counted(row.written, 8) == row.of_8);
  }
}

// What came of the instances that one app of this machine was asked for.
struct Counted {
  unsigned instances;
  std::string because;
};

Counted resolved(std::string_view instances) {
  const auto resolved = resolve(settings_with(instances), {}, {});
  REQUIRE(resolved);
  return {resolved->manifest.apps.front().instances, resolved->reckonings.front().instances};
}

TEST_CASE("an app gets as many as were counted, and it is said why") {
  const unsigned processors = runtime::container_processors();
  const std::string of = concat(" of ", processors, " processor");
  CHECK(resolved("\"max\"").instances == processors);
  CHECK(resolved("\"max\"").because.starts_with(concat("all", of)));
  CHECK(resolved("-1").instances == (processors == 1 ? 1 : processors - 1));
  CHECK(resolved("-1").because.starts_with(concat("all but 1", of)));
  CHECK(resolved("\"300%\"").instances == 3 * processors);
  CHECK(resolved("\"300%\"").because.starts_with(concat("300%", of)));
  CHECK(resolved("5").instances == 5);
  CHECK(resolved("5").because == "as written");
}

}  // namespace
}  // namespace pmx::cli
