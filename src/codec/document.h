// What a manifest file says, whatever its form: values, and where each of them stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/problem.h"

namespace pmx {

// A value of JSON's kinds. Whole numbers are integers where 64 bits hold them.
struct Node {
  struct Member;
  using List = std::vector<Node>;
  using Map = std::vector<Member>;  // in the order of the text
  using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map>;

  Value value;
  Mark mark;

  [[nodiscard]] bool is_null() const noexcept {
    return std::holds_alternative<std::monostate>(value);
  }
  [[nodiscard]] const List* list() const noexcept { return std::get_if<List>(&value); }
  [[nodiscard]] const Map* map() const noexcept { return std::get_if<Map>(&value); }
  [[nodiscard]] const std::string* text() const noexcept {
    return std::get_if<std::string>(&value);
  }

  // The member of a map, null where there is none; of two with one key the last, as in JavaScript.
  [[nodiscard]] const Member* find(std::string_view key) const noexcept;
};

struct Node::Member {
  std::string key;
  Mark mark;  // of the key
  Node value;
};

// A reply has a record in it, and that what an app has printed, nested up to kDeepestNesting.
inline constexpr std::size_t kDeepestDocument = 80;

// Why a text is no document.
struct SyntaxProblem {
  Mark mark;
  std::string rule;        // what is wrong: "a value is missing"
  std::string suggestion;  // what would be right; empty when nobody can tell
};

// The value as a person would write it in one line, cut where it is long: for messages.
[[nodiscard]] std::string shown(const Node& node);

}  // namespace pmx
