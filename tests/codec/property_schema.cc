#include "codec/property_schema.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <limits>
#include <map>
#include <optional>
#include <regex>

namespace pmx {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

const std::string kTime = R"("2026-11-23T04:25:03.123456Z")";

std::vector<std::pair<std::string, std::string>> with_keys(
    std::vector<std::pair<std::string, std::string>> values) {
  for (auto& [key, value] : values) value.insert(0, "\"" + key + "\":");
  return values;
}

std::optional<std::int64_t> microseconds_of(const std::string& text) {
  std::tm parts{};
  int fraction = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d.%6dZ", &parts.tm_year, &parts.tm_mon,
                  &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &fraction) != 7) {
    return std::nullopt;
  }
  parts.tm_year -= 1'900;
  --parts.tm_mon;
  return static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000 + fraction;
}

// Since 1970, in microseconds: the unit is the one that makes 1973 or later of it.
std::optional<double> time_of(const ordered_json& number) {
  const auto value = number.get<double>();
  if (value < 1e8 || value >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  return value < 1e11   ? value * 1e6
         : value < 1e14 ? value * 1e3
         : value < 1e17 ? value
                        : value / 1e3;
}

std::optional<std::string> level_word(const ordered_json& level) {
  static const std::map<std::string, std::string> words{
      {"trace", "trace"}, {"silly", "trace"},    {"debug", "debug"}, {"verbose", "debug"},
      {"info", "info"},   {"http", "info"},      {"warn", "warn"},   {"warning", "warn"},
      {"error", "error"}, {"critical", "fatal"}, {"fatal", "fatal"}, {"notice", "notice"}};
  static const std::vector<std::string> tens{"trace", "debug", "info", "warn", "error", "fatal"};
  if (level.is_number_unsigned()) {
    const auto number = level.get<std::uint64_t>();
    if (number < 10 || number >= 70) return std::nullopt;
    return tens[static_cast<std::size_t>(number / 10 - 1)];
  }
  if (!level.is_string()) return std::nullopt;
  std::string word = level;
  for (char& letter : word)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  const auto found = words.find(word);
  return found == words.end() ? std::nullopt : std::optional(found->second);
}

std::string as_google_says(const std::string& word) {
  static const std::map<std::string, std::string> others{
      {"trace", "DEBUG"}, {"warn", "WARNING"}, {"fatal", "CRITICAL"}};
  if (const auto other = others.find(word); other != others.end()) return other->second;
  std::string upper = word;
  for (char& letter : upper)
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return upper;
}

bool is_time(const ordered_json& value) {
  static const std::regex form(
      R"(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))");
  if (value.is_string()) return std::regex_match(value.get<std::string>(), form);
  if (value.is_number_integer() && !value.is_number_unsigned()) return false;
  return value.is_number() && time_of(value);
}

bool is_level(const ordered_json& value, LogSchema schema) {
  return level_word(value) || (value.is_string() && schema != LogSchema::gcp);
}

bool is_same_time(const ordered_json& own, const json& shown) {
  if (own.is_string()) return shown == own.get<std::string>();
  const auto microseconds = shown.is_string() ? microseconds_of(shown) : std::nullopt;
  // The parser has rounded the number to a double.
  return microseconds && std::abs(static_cast<double>(*microseconds) - *time_of(own)) <= 16;
}

bool is_same_level(const ordered_json& own, const json& shown, LogSchema schema) {
  const auto word = level_word(own);
  if (!word) return shown == own.get<std::string>();
  return shown == (schema == LogSchema::gcp ? as_google_says(*word) : *word);
}

bool is_same_text(const ordered_json& own, const json& shown) {
  if (own.is_string()) return shown == own.get<std::string>();
  return shown.is_string() && json::parse(shown.get<std::string>()) == json::parse(own.dump());
}

// Which member becomes the schema's: its own key's, or of the others' the first that can.
template <class Is>
std::optional<std::string> chosen(const ordered_json& own, const std::vector<std::string>& keys,
                                  const std::string& target, Is is) {
  if (own.contains(target)) {
    return is(own[target]) ? std::optional(target) : std::nullopt;
  }
  for (const auto& [key, value] : own.items()) {
    if (std::ranges::find(keys, key) != keys.end() && is(value)) return key;
  }
  return std::nullopt;
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& fields_of(LogSchema schema) {
  static const auto pmx = with_keys({{"time", kTime},
                                     {"level", R"("info")"},
                                     {"app", R"("api")"},
                                     {"instance", "0"},
                                     {"pid", "17"},
                                     {"stream", R"("stdout")"}});
  static const auto ecs = with_keys({{"@timestamp", kTime},
                                     {"log.level", R"("info")"},
                                     {"ecs.version", R"("8.11.0")"},
                                     {"service.name", R"("api")"},
                                     {"service.node.name", R"("0")"},
                                     {"process.pid", "17"},
                                     {"stream", R"("stdout")"}});
  static const auto gcp =
      with_keys({{"time", kTime},
                 {"severity", R"("INFO")"},
                 {"logging.googleapis.com/labels",
                  R"({"app":"api","instance":"0","pid":"17","stream":"stdout"})"}});
  static const auto pm2 = with_keys(
      {{"timestamp", kTime}, {"type", R"("out")"}, {"process_id", "0"}, {"app_name", R"("api")"}});
  switch (schema) {
    case LogSchema::pmx:
      return pmx;
    case LogSchema::ecs:
      return ecs;
    case LogSchema::gcp:
      return gcp;
    case LogSchema::pm2:
      return pm2;
  }
  return pmx;
}

std::string text_key(LogSchema schema) { return schema == LogSchema::pmx ? "msg" : "message"; }

bool has_fields(json record, LogSchema schema) {
  record.erase(text_key(schema));
  record.erase("partial");
  return is_merged(ordered_json::object(), record, schema);
}

bool is_merged(const ordered_json& own, json record, LogSchema schema) {
  static const std::map<LogSchema, std::vector<std::string>> targets{
      {LogSchema::ecs, {"@timestamp", "log.level"}},
      {LogSchema::gcp, {"time", "severity"}},
      {LogSchema::pm2, {"timestamp", "level"}}};
  ordered_json rest = own;
  const auto take = [&](const std::string& key, const std::string& target, auto is_same) {
    if (!record.contains(target) || !is_same(own[key], record[target])) return false;
    rest.erase(key);
    record.erase(target);
    return true;
  };
  std::vector<std::string> there;
  for (const auto& [key, value] : own.items()) there.push_back(key);
  if (schema != LogSchema::pmx) {
    const std::string& time = targets.at(schema)[0];
    const std::string& level = targets.at(schema)[1];
    if (const auto key = chosen(own, {"time", "timestamp", "@timestamp"}, time, is_time)) {
      if (!take(*key, time, is_same_time)) return false;
      there.push_back(time);
    }
    auto key = chosen(own, {"level", "severity", "log.level"}, level,
                      [&](const ordered_json& value) { return is_level(value, schema); });
    if (schema == LogSchema::ecs && own.contains("log") && key != level) key.reset();
    if (key) {
      if (!take(*key, level,
                [&](const auto& a, const auto& b) { return is_same_level(a, b, schema); })) {
        return false;
      }
      there.push_back(level);
    }
    const auto text =
        chosen(own, {"msg", "message"}, "message", [](const ordered_json&) { return true; });
    if (text && !take(*text, "message", is_same_text)) return false;
  }
  json expected = json::parse(rest.dump());
  for (const auto& [key, field] : fields_of(schema)) {
    const std::string whole = schema == LogSchema::ecs ? key.substr(0, key.find('.')) : key;
    const bool has = std::ranges::find(there, key) != there.end() ||
                     std::ranges::find(there, whole) != there.end();
    if (has) continue;
    const bool is_our_time = field.ends_with(kTime);
    if (is_our_time && !(record.contains(key) && is_time(ordered_json(record[key])))) return false;
    expected[key] = is_our_time ? record[key] : json::parse("{" + field + "}")[key];
  }
  return expected == record;
}

}  // namespace pmx
