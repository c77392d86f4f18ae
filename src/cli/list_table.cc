#include "cli/list_table.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ranges>
#include <string_view>
#include <vector>

#include "base/concat.h"
#include "cli/app_answers.h"
#include "codec/time_text.h"

namespace pmx::cli {
namespace {

struct Column {
  std::string_view title;
  std::string_view key;
  int importance;              // those with the lowest are left out first
  bool is_of_workers = false;  // there where a cluster is
  bool is_metric = false;      // what the worker told, named as pm2 names it
};

constexpr std::array<Column, 17> kColumns{{{"id", "id", 9},
                                           {"name", "name", 9},
                                           {"namespace", "namespace", 1},
                                           {"version", "version", 2},
                                           {"mode", "mode", 3},
                                           {"pid", "pid", 7},
                                           {"uptime", "uptime_ms", 6},
                                           {"↺", "restarts", 6},
                                           {"status", "status", 9},
                                           {"cpu", "cpu_percent", 4},
                                           {"mem", "memory_bytes", 5},
                                           {"conns", "connections", 4, true},
                                           {"in flight", "in_flight", 2, true},
                                           {"heap", "Used Heap Size", 3, true, true},
                                           {"loop p95", "Event Loop Latency p95", 3, true, true},
                                           {"user", "user", 1},
                                           {"watching", "watching", 0}}};

using Cells = std::array<std::string, kColumns.size()>;

const Node* find(const Node& map, std::string_view key) {
  const Node::Member* const member = map.find(key);
  return member == nullptr ? nullptr : &member->value;
}

// As pm2 has it: the largest unit that is not 0.
std::string uptime_text(std::int64_t milliseconds) {
  const std::int64_t seconds = milliseconds / 1'000;
  if (seconds < 60) return concat(seconds, "s");
  if (seconds < 3'600) return concat(seconds / 60, "m");
  if (seconds < 86'400) return concat(seconds / 3'600, "h");
  return concat(seconds / 86'400, "D");
}

std::string tenths(std::int64_t value, std::int64_t unit) {
  const std::int64_t tenth = (value * 10 + unit / 2) / unit;
  return concat(tenth / 10, ".", tenth % 10);
}

std::string memory_text(std::int64_t bytes) {
  constexpr std::int64_t kKilo = 1024;
  if (bytes < kKilo * kKilo) return tenths(bytes, kKilo) + "kb";
  if (bytes < kKilo * kKilo * kKilo) return tenths(bytes, kKilo * kKilo) + "mb";
  return tenths(bytes, kKilo * kKilo * kKilo) + "gb";
}

std::string time_text(std::int64_t milliseconds) {
  TimeText time;
  time.set({milliseconds * 1'000});
  return std::string(time.text());
}

std::string cell(const Node& instance, std::string_view key) {
  const Node* const node = find(instance, key);
  if (node == nullptr || node->is_null()) return "-";
  if (const std::string* const text = node->text()) return *text;
  if (const bool* const truth = std::get_if<bool>(&node->value)) {
    return key == "watching" ? (*truth ? "enabled" : "disabled") : (*truth ? "yes" : "no");
  }
  if (const auto* const number = std::get_if<std::int64_t>(&node->value)) {
    if (key == "uptime_ms") return uptime_text(*number);
    if (key == "memory_bytes") return memory_text(*number);
    if (key.ends_with("_at_ms")) return time_text(*number);
    if (key == "cpu_percent") return concat(*number, "%");
    return std::to_string(*number);
  }
  return shown(*node);
}

// As the worker said it: "4.52 MiB".
std::string metric(const Node& instance, std::string_view name) {
  const Node* const metrics = find(instance, "metrics");
  const Node* const told = metrics == nullptr ? nullptr : find(*metrics, name);
  return told == nullptr ? "-" : metric_text(*told);
}

std::string cell(const Node& instance, const Column& column) {
  return column.is_metric ? metric(instance, column.key) : cell(instance, column.key);
}

// In columns of a terminal, as near as counting characters comes to it.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::string_view colour_of(std::string_view status) {
  if (status == "online") return "\033[32m";
  if (status == "errored") return "\033[31m";
  return "\033[33m";
}

class Table {
 public:
  Table(const Node::List& instances, const TableStyle& style) : style_(style) {
    Cells titles;
    for (std::size_t i = 0; i < kColumns.size(); ++i) titles[i] = kColumns[i].title;
    rows_.push_back(std::move(titles));
    for (const Node& instance : instances) {
      Cells row;
      for (std::size_t i = 0; i < kColumns.size(); ++i) row[i] = cell(instance, kColumns[i]);
      rows_.push_back(std::move(row));
    }
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      for (const Cells& row : rows_) widths_[i] = std::max(widths_[i], width_of(row[i]));
    }
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      shown_[i] = !kColumns[i].is_of_workers ||
                  std::ranges::any_of(rows_ | std::views::drop(1),
                                      [i](const Cells& row) { return row[i] != "-"; });
    }
    leave_out_what_does_not_fit();
  }

  std::string text() const {
    std::string text;
    if (style_.has_boxes) text += rule("┌", "┬", "┐");
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const bool is_chosen = style_.chosen && *style_.chosen + 1 == i;
      text += line(rows_[i], i == 0, is_chosen);
      if (style_.has_boxes && i == 0) text += rule("├", "┼", "┤");
    }
    if (style_.has_boxes) text += rule("└", "┴", "┘");
    return text;
  }

 private:
  void leave_out_what_does_not_fit() {
    if (style_.width == 0) return;
    while (width() > style_.width) {
      const auto least = least_important();
      if (kColumns[least].importance == 9) return;
      shown_[least] = false;
    }
  }

  std::size_t least_important() const {
    std::size_t least = 0;  // the id, which is always shown
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      const bool is_less = kColumns[i].importance <= kColumns[least].importance;
      if (shown_[i] && is_less) least = i;
    }
    return least;
  }

  std::size_t width() const {
    std::size_t width = 1;
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      if (shown_[i]) width += widths_[i] + 3;
    }
    return width;
  }

  std::string rule(std::string_view first, std::string_view between, std::string_view last) const {
    std::string text{first};
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      if (!shown_[i]) continue;
      if (text.size() > first.size()) text += between;
      for (std::size_t n = 0; n < widths_[i] + 2; ++n) text += "─";
    }
    text += last;
    return concat(text, "\n");
  }

  std::string line(const Cells& row, bool is_title, bool is_chosen) const {
    std::string text = !style_.has_boxes ? "" : is_chosen ? "▶" : "│";
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      if (!shown_[i]) continue;
      const bool is_status = kColumns[i].key == "status" && !is_title;
      const bool is_coloured = style_.has_colours && (is_status || is_title);
      if (style_.has_boxes) text += ' ';
      if (is_coloured) text += is_title ? "\033[36m" : colour_of(row[i]);
      text += row[i];
      if (is_coloured) text += "\033[0m";
      text.append(widths_[i] - width_of(row[i]), ' ');
      text += style_.has_boxes ? " │" : "  ";
    }
    while (text.ends_with(' ')) text.pop_back();
    return concat(text, "\n");
  }

  TableStyle style_;
  std::vector<Cells> rows_;
  std::array<std::size_t, kColumns.size()> widths_{};
  std::array<bool, kColumns.size()> shown_{};
};

}  // namespace

std::string list_table(const Node::List& instances, const TableStyle& style) {
  return Table(instances, style).text();
}

std::string description_of(const Node::List& instances) {
  std::string text;
  for (const Node& instance : instances) {
    if (!text.empty()) text += '\n';
    const Node::Map* const members = instance.map();
    if (members == nullptr) continue;
    for (const Node::Member& member : *members) {
      const Node::Map* const metrics = member.value.map();
      if (metrics != nullptr && !metrics->empty()) {
        append(text, member.key, "\n", metrics_text(*metrics, 2));
        continue;
      }
      std::string line = member.key;
      line.resize(std::max<std::size_t>(line.size() + 1, 20), ' ');
      text += line;
      const bool is_simple = member.value.list() == nullptr && metrics == nullptr;
      text += is_simple ? cell(instance, member.key) : whole(member.value);
      text += '\n';
    }
  }
  return text;
}

std::string one_line_on(const Node& instance) {
  const std::string process = cell(instance, "pid");
  return concat(cell(instance, "name"), "[", cell(instance, "instance"), "] is ",
                cell(instance, "status"), process == "-" ? "" : concat(", process ", process));
}

}  // namespace pmx::cli
