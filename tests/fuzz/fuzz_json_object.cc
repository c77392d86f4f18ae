// Our verdict on any line against that of a full parser, and what we say of its keys.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "codec/json_object.h"
#include "support/own_keys.h"

namespace {

using nlohmann::json;

// Keys and depth, from the parser's events. Numbers beyond double are JSON, but stop this parser.
struct Events : nlohmann::json_sax<json> {
  std::set<std::string> keys;
  bool repeats = false;
  bool too_large = false;
  bool is_object = false;
  int depth = 0;
  int deepest = 0;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    is_object |= depth == 0;
    deepest = std::max(deepest, ++depth);
    return true;
  }
  bool key(string_t& name) override {
    repeats |= depth == 1 && !keys.insert(name).second;
    return true;
  }
  bool end_object() override { return --depth >= 0; }
  bool start_array(std::size_t) override {
    deepest = std::max(deepest, ++depth);
    return true;
  }
  bool end_array() override { return --depth >= 0; }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    too_large = error.id == 406;
    return false;
  }
};

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  static pmx::OwnKeys seen(1 << 20);
  const auto ours = pmx::read_json_object(line, seen);
  // This parser skips a byte order mark and takes NUL for the end.
  if (line.starts_with("\xef") || line.contains('\0')) {
    require(!ours);
    return 0;
  }
  Events events;
  const bool parsed = json::sax_parse(line, &events);
  if (events.too_large) return 0;
  const bool theirs =
      parsed && events.is_object && !events.repeats && events.deepest <= pmx::kDeepestNesting;
  require(ours.has_value() == theirs);
  if (!ours) return 0;
  require(ours->text.starts_with('{') && ours->text.ends_with('}'));
  require(ours->empty == events.keys.empty());
  const char* names[] = {"time", "level", "app", "instance", "pid", "stream"};
  for (std::size_t i = 0; i < pmx::kRecordFields; ++i) {
    const bool has = (ours->has & pmx::only(static_cast<pmx::RecordField>(i))) != 0;
    require(has == events.keys.contains(names[i]));
  }
  return 0;
}
