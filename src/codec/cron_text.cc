#include "codec/cron_text.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/concat.h"
#include "base/named.h"
#include "base/text.h"

namespace pmx {
namespace {

constexpr std::array<Named<std::string_view>, 7> kNicknames{{{"@yearly", "0 0 1 1 *"},
                                                             {"@annually", "0 0 1 1 *"},
                                                             {"@monthly", "0 0 1 * *"},
                                                             {"@weekly", "0 0 * * 0"},
                                                             {"@daily", "0 0 * * *"},
                                                             {"@midnight", "0 0 * * *"},
                                                             {"@hourly", "0 * * * *"}}};
constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed",
                                                    "thu", "fri", "sat"};

struct Field {
  std::string_view name;
  unsigned least;
  unsigned most;
  std::span<const std::string_view> words;  // the first stands for `least`
};

constexpr std::array<Field, 6> kFields{{{"second", 0, 59, {}},
                                        {"minute", 0, 59, {}},
                                        {"hour", 0, 23, {}},
                                        {"day of the month", 1, 31, {}},
                                        {"month", 1, 12, kMonths},
                                        {"day of the week", 0, 7, kWeekdays}}};

std::unexpected<std::string> no(const Field& field, std::string_view text) {
  std::string rule = concat("has \"", text, "\" as its ", field.name);
  append(rule, " (", field.least, " to ", field.most, ")");
  return std::unexpected(std::move(rule));
}

std::optional<unsigned> number_of(const Field& field, std::string_view text) {
  for (std::size_t i = 0; i < field.words.size(); ++i) {
    if (same_ignoring_case(field.words[i], text)) return field.least + static_cast<unsigned>(i);
  }
  const auto number = parse_number<unsigned>(text);
  const bool is_there = number && *number >= field.least && *number <= field.most;
  return is_there ? number : std::nullopt;
}

// One of those between commas.
template <std::size_t N>
std::expected<void, std::string> add(const Field& field, std::string_view item,
                                     std::bitset<N>& set) {
  const std::string_view whole = item;
  const bool has_step = item.contains('/');
  const std::string_view range = next_field(item, '/');
  unsigned from = field.least;
  unsigned to = field.most;
  if (range != "*" && range != "?") {
    std::string_view last = range;
    const bool is_range = range.contains('-');
    const auto first = number_of(field, next_field(last, '-'));
    const auto second = is_range ? number_of(field, last) : has_step ? std::optional(to) : first;
    if (!first || !second || *first > *second) return no(field, whole);
    from = *first;
    to = *second;
  }
  const auto step = has_step ? parse_number<unsigned>(item) : std::optional(1U);
  if (!step || *step == 0) return no(field, whole);
  // Sunday is 0 and 7.
  for (unsigned n = from; n <= to; n += *step) set.set(n % N);
  return {};
}

bool is_any(std::string_view text) { return text == "*" || text == "?"; }

template <std::size_t N>
std::expected<void, std::string> read(const Field& field, std::string_view text,
                                      std::bitset<N>& set) {
  if (text.ends_with(',')) return no(field, text);
  while (!text.empty()) {
    if (auto added = add(field, next_field(text, ','), set); !added) return added;
  }
  return {};
}

// The 30th of February, alone, does not.
bool ever_comes(const Schedule& schedule) {
  constexpr std::array<unsigned, 13> kLongest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (schedule.any_day || schedule.last_day || !schedule.any_weekday) return true;
  for (unsigned month = 1; month <= 12; ++month) {
    for (unsigned day = 1; day <= kLongest[month]; ++day) {
      if (schedule.months[month] && schedule.days[day]) return true;
    }
  }
  return false;
}

std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  for (auto field = next_word(text); !field.empty(); field = next_word(text)) {
    fields.push_back(field);
  }
  return fields;
}

}  // namespace

std::expected<Schedule, std::string> parse_cron(std::string_view text) {
  for (const auto& nickname : kNicknames) {
    if (same_ignoring_case(nickname.name, trim(text))) return parse_cron(nickname.value);
  }
  std::vector<std::string_view> fields = fields_of(text);
  if (fields.size() != 5 && fields.size() != 6) {
    return std::unexpected(
        concat("has ", fields.size(), " fields, not 5 (or 6, with seconds in front)"));
  }
  if (fields.size() == 5) fields.insert(fields.begin(), "0");
  Schedule schedule;
  schedule.any_hour = is_any(fields[2]);
  schedule.any_day = is_any(fields[3]);
  schedule.any_weekday = is_any(fields[5]);
  schedule.last_day = same_ignoring_case(fields[3], "L");
  std::expected<void, std::string> read_all = read(kFields[0], fields[0], schedule.seconds);
  if (read_all) read_all = read(kFields[1], fields[1], schedule.minutes);
  if (read_all) read_all = read(kFields[2], fields[2], schedule.hours);
  if (read_all && !schedule.last_day) read_all = read(kFields[3], fields[3], schedule.days);
  if (read_all) read_all = read(kFields[4], fields[4], schedule.months);
  if (read_all) read_all = read(kFields[5], fields[5], schedule.weekdays);
  if (!read_all) return std::unexpected(std::move(read_all.error()));
  if (!ever_comes(schedule)) return std::unexpected(std::string("names a day that never comes"));
  return schedule;
}

}  // namespace pmx
