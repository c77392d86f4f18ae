#include "codec/quantity_text.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/named.h"
#include "base/text.h"

namespace pmx {
namespace {

constexpr std::array<Named<std::uint64_t>, 5> kTimeUnits{
    {{"", 1}, {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<Named<std::uint64_t>, 4> kSizeUnits{
    {{"", 1}, {"k", 1U << 10}, {"m", 1U << 20}, {"g", 1U << 30}}};
constexpr std::uint64_t kLongest = std::uint64_t{366} * 24 * 3'600'000;
constexpr std::uint64_t kLargest = std::uint64_t{1} << 60;
constexpr unsigned kMostProcessors = 1'024;

// Digits, then a unit of the table without regard to case.
template <std::size_t N>
std::optional<std::uint64_t> parse_quantity(std::string_view text,
                                            const std::array<Named<std::uint64_t>, N>& units,
                                            std::uint64_t most) noexcept {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = parse_number<std::uint64_t>(text.substr(0, digits));
  if (!count) return std::nullopt;
  for (const auto& unit : units) {
    if (!same_ignoring_case(text.substr(digits), unit.name)) continue;
    if (*count > most / unit.value) return std::nullopt;
    return *count * unit.value;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_limit(std::string_view text) noexcept {
  if (text == "unlimited" || text == "infinity") return std::numeric_limits<std::uint64_t>::max();
  return parse_size(text);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) noexcept {
  const auto milliseconds = parse_quantity(text, kTimeUnits, kLongest);
  if (!milliseconds) return std::nullopt;
  return Duration{static_cast<Duration::rep>(*milliseconds)};
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  if (text.size() > 1 && same_ignoring_case(text.substr(text.size() - 1), "b")) {
    text.remove_suffix(1);
  }
  return parse_quantity(text, kSizeUnits, kLargest);
}

std::optional<std::vector<unsigned>> parse_processors(std::string_view text) {
  std::vector<unsigned> processors;
  if (text.empty() || text.ends_with(',')) return std::nullopt;
  while (!text.empty()) {
    std::string_view last = next_field(text, ',');
    const bool is_range = last.contains('-');
    const auto from = parse_number<unsigned>(next_field(last, '-'));
    const auto to = is_range ? parse_number<unsigned>(last) : from;
    if (!from || !to || *from > *to || *to >= kMostProcessors) return std::nullopt;
    for (unsigned n = *from; n <= *to; ++n) processors.push_back(n);
  }
  return processors;
}

std::optional<int> find_resource(std::string_view name) noexcept {
  constexpr std::string_view kPrefix = "RLIMIT_";
  if (same_ignoring_case(name.substr(0, kPrefix.size()), kPrefix)) {
    name.remove_prefix(kPrefix.size());
  }
  for (const auto& row : kResources) {
    if (same_ignoring_case(row.name, name)) return row.value;
  }
  return std::nullopt;
}

std::optional<ResourceLimit> parse_resource_limit(int resource, std::string_view text) noexcept {
  const bool has_hard = text.contains(':');
  const auto soft = parse_limit(next_field(text, ':'));
  const auto hard = has_hard ? parse_limit(text) : soft;
  if (!soft || !hard) return std::nullopt;
  return ResourceLimit{resource, *soft, *hard};
}

std::string number_text(double number) {
  if (!std::isfinite(number)) return "null";
  // What dump() calls, without its serializer, which nothing else here needs.
  std::array<char, 64> digits;
  std::string text(digits.data(), nlohmann::detail::to_chars(
                                      digits.data(), digits.data() + digits.size(), number));
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

}  // namespace pmx
