#include "codec/document.h"

#include <array>
#include <ranges>

#include "base/utf8.h"
#include "codec/json_string.h"
#include "codec/quantity_text.h"

namespace pmx {
namespace {

constexpr std::size_t kLongestShown = 60;

void add_text(std::string& out, std::string_view text) {
  std::array<char, 6 * kLongestShown> form;
  const std::string_view front = text.substr(0, kLongestShown);
  const Escaped escaped = escape_json(front, form);
  out += '"';
  out.append(form.data(), escaped.written);
  out += '"';
}

void add(std::string& out, const Node& node);

struct Adding {
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { out += std::to_string(value); }
  void operator()(double value) const { out += number_text(value); }
  void operator()(const std::string& value) const { add_text(out, value); }
  void operator()(const Node::List& list) const {
    out += '[';
    for (const Node& item : list) {
      if (out.back() != '[') out += ", ";
      add(out, item);
    }
    out += ']';
  }
  void operator()(const Node::Map& map) const {
    out += '{';
    for (const Node::Member& member : map) {
      if (out.back() != '{') out += ", ";
      add_text(out, member.key);
      out += ": ";
      add(out, member.value);
    }
    out += '}';
  }
};

void add(std::string& out, const Node& node) {
  if (out.size() <= kLongestShown) std::visit(Adding{out}, node.value);
}

}  // namespace

const Node::Member* Node::find(std::string_view key) const noexcept {
  const Map* const members = map();
  if (members == nullptr) return nullptr;
  for (const Node::Member& member : *members | std::views::reverse) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

std::string shown(const Node& node) {
  std::string out;
  add(out, node);
  if (out.size() <= kLongestShown) return out;
  std::size_t end = kLongestShown;
  while (end > 0 && is_continuation(out[end])) --end;
  return out.substr(0, end) + "…";
}

}  // namespace pmx
