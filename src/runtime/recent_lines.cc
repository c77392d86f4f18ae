#include "runtime/recent_lines.h"

#include <algorithm>
#include <iterator>

namespace pmx::runtime {
namespace {

// Twice this much at most is in memory.
constexpr std::size_t kBudget = 512 * 1024;
constexpr std::size_t kLeast = 2 * 1024;
constexpr std::size_t kMost = 32 * 1024;

// How much of the front must go so that no more than `most` is left, and it begins with a record.
std::size_t excess(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return 0;
  const std::size_t end = text.find('\n', text.size() - most - 1);
  return end == std::string_view::npos ? text.size() : end + 1;
}

}  // namespace

// As much of its front, or more than there is.
void RecentLines::Text::cut(std::size_t size) {
  kept.erase(0, size);
  begin += size;
  const auto behind = std::ranges::upper_bound(changes, begin, {}, &Change::begin);
  if (behind != changes.begin()) changes.erase(changes.begin(), std::prev(behind));
}

void RecentLines::make_room(std::size_t instances) {
  most_ = std::clamp(kBudget / std::max<std::size_t>(instances, 1), kLeast, kMost);
  texts_.resize(instances);
  for (Text& text : texts_) {
    if (text.kept.size() <= 2 * most_) continue;
    text.cut(excess(text.kept, most_));
    text.kept.shrink_to_fit();
  }
}

void RecentLines::keep(InstanceId instance, Stream stream, std::string_view records) {
  Text& text = texts_[static_cast<std::size_t>(instance)];
  const std::size_t skipped = excess(records, most_);
  if (skipped > 0) {
    text.cut(text.kept.size() + skipped);
    records.remove_prefix(skipped);
  }
  if (text.kept.size() + records.size() > 2 * most_) {
    text.cut(excess(text.kept, most_));
  }
  if (text.changes.empty() || text.changes.back().stream != stream) {
    text.changes.push_back({text.begin + text.kept.size(), stream});
  }
  text.kept += records;
}

void RecentLines::forget(InstanceId instance) {
  Text& text = texts_[static_cast<std::size_t>(instance)];
  text = {.kept = {}, .begin = text.begin + text.kept.size()};
}

RecentLines::Position RecentLines::before_last(InstanceId instance,
                                               std::size_t count) const noexcept {
  const Text& text = text_of(instance);
  std::size_t at = text.kept.size();
  for (; count > 0 && at > 0; --count) {
    const std::size_t end = at < 2 ? std::string::npos : text.kept.rfind('\n', at - 2);
    at = end == std::string::npos ? 0 : end + 1;
  }
  return text.begin + at;
}

std::optional<RecentLines::Record> RecentLines::next(InstanceId instance, Position& position,
                                                     bool& has_skipped) const noexcept {
  const Text& text = text_of(instance);
  if (position < text.begin) {
    has_skipped = true;
    position = text.begin;
  }
  const auto at = static_cast<std::size_t>(position - text.begin);
  const std::size_t end = text.kept.find('\n', at);
  if (end == std::string::npos) return std::nullopt;
  const auto behind = std::ranges::upper_bound(text.changes, position, {}, &Change::begin);
  position += end + 1 - at;
  return Record{std::string_view(text.kept).substr(at, end - at), std::prev(behind)->stream};
}

}  // namespace pmx::runtime
