#include "cli/pm2_runtime.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace pmx::cli {
namespace {

using Words = std::vector<std::string_view>;
using Strings = std::vector<std::string>;

Options options_of(const Words& words) {
  const auto options = parse_pm2_runtime(words, {});
  INFO((options ? std::string() : options.error().sentence));
  REQUIRE(options.has_value());
  return *options;
}

std::string value_of(const Options& options, std::string_view key) {
  const auto found = std::ranges::find(options.keys, key, &KeyOption::key);
  return found == options.keys.end() ? "none" : found->value;
}

TEST_CASE("instances are those of pm2-runtime, however they are written") {
  struct Row {
    Words words;
    std::string instances;
  };
  const Row rows[] = {
      {{"app.js"}, "none"},
      {{"app.js", "-i", "1"}, "1"},
      {{"-i", "4", "app.js"}, "4"},
      {{"start", "app.js", "-i", "max"}, "max"},
      {{"app.js", "-i", "0"}, "0"},
      {{"app.js", "-i", "-1"}, "-1"},
      {{"app.js", "--instances", "2"}, "2"},
      {{"app.js", "--instances=50%"}, "50%"},
      {{"app.js", "--", "-i", "2"}, "none"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.words.back());
    const Options options = options_of(row.words);
    CHECK(value_of(options, "instances") == row.instances);
    CHECK(options.targets == Strings{"app.js"});
    CHECK(options.ask == Options::Ask::supervise);
    CHECK(options.is_pm2);
  }
}

TEST_CASE("a form of the log is the one that is asked for, else the manifest's") {
  struct Row {
    Words words;
    std::optional<LogFormat> format;
    std::optional<LogSchema> schema;
  };
  const Row rows[] = {
      {{"app.js"}, {}, {}},
      {{"app.js", "--raw"}, LogFormat::raw, {}},
      {{"--json", "app.js"}, LogFormat::json, LogSchema::pm2},
      {{"app.js", "--format"}, LogFormat::text, {}},
      {{"app.js", "--formatted"}, LogFormat::text, {}},
      {{"app.js", "--json", "--raw"}, LogFormat::raw, LogSchema::pm2},
      {{"app.js", "--raw", "--json"}, LogFormat::json, LogSchema::pm2},
  };
  for (const Row& row : rows) {
    CAPTURE(row.words.back());
    const Options options = options_of(row.words);
    CHECK(options.output.format == row.format);
    CHECK(options.output.schema == row.schema);
  }
}

TEST_CASE("an option without its value is a mistake") {
  const auto options = parse_pm2_runtime({"app.js", "-i"}, {});
  REQUIRE(!options.has_value());
  CHECK(options.error().sentence == "-i: needs a value");
}

}  // namespace
}  // namespace pmx::cli
