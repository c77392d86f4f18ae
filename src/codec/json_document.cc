#include "codec/json_document.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/concat.h"
#include "codec/mark_ruler.h"

namespace pmx {
namespace {

// How far the parser has read, told by the iterator that it reads with.
class Position {
 public:
  // Names that std::iterator_traits prescribes:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Position(const char* at, const char*& furthest) : at_(at), furthest_(&furthest) {}
  reference operator*() const { return *at_; }
  Position& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  bool operator==(const Position& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

// From an offset over white space, comments, and the signs between values.
std::size_t skip_to_value(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("//")) {
      at = std::min(text.size(), text.find('\n', at));
    } else if (rest.starts_with("/*")) {
      const std::size_t end = text.find("*/", at + 2);
      at = end == std::string_view::npos ? text.size() : end + 2;
    } else if (std::string_view(" \t\r\n,:").contains(rest.front())) {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

// Builds the tree while the parser reads. Its calls are those of nlohmann::json_sax.
class Builder {
 public:
  Builder(std::string_view text, const char*& furthest)
      : text_(text), furthest_(furthest), ruler_(text) {}

  bool null() { return add({}); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add_number(value); }
  bool number_unsigned(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return add_number(static_cast<double>(value));
    }
    return add_number(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string&) { return add_number(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(std::vector<std::uint8_t>&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return open(Node::Map{}); }
  bool start_array(std::size_t) { return open(Node::List{}); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    const Mark mark = next_mark();
    std::get<Node::Map>(open_.back()->value).push_back({std::move(name), mark, {}});
    end_of_last();
    return true;
  }
  // What the library calls the last token begins somewhere before it, so the place is our own.
  bool parse_error(std::size_t read, const std::string&, const nlohmann::json::exception& error) {
    const std::size_t last_read = read == 0 ? 0 : read - 1;
    problem_ = problem_at(std::min(skip_to_value(text_, last_end_), last_read), error.what());
    return false;
  }

  [[nodiscard]] Node& root() { return root_; }
  [[nodiscard]] SyntaxProblem& problem() { return problem_; }

 private:
  Mark next_mark() { return ruler_.mark_of(skip_to_value(text_, last_end_)); }
  void end_of_last() { last_end_ = static_cast<std::size_t>(furthest_ - text_.data()); }

  Node& place() {
    if (open_.empty()) return root_;
    if (auto* const list = std::get_if<Node::List>(&open_.back()->value)) {
      return list->emplace_back();
    }
    return std::get<Node::Map>(open_.back()->value).back().value;
  }
  bool add(Node::Value value) {
    const Mark mark = next_mark();
    place() = {std::move(value), mark};
    end_of_last();
    return true;
  }
  // A number has ended when the byte behind it was read.
  bool add_number(Node::Value value) {
    add(std::move(value));
    if (last_end_ > 0 && last_end_ < text_.size()) --last_end_;
    return true;
  }
  bool open(Node::Value value) {
    const Mark mark = next_mark();
    if (open_.size() == kDeepestDocument) {
      problem_ = {mark, concat("is nested deeper than ", kDeepestDocument, " levels"), {}};
      return false;
    }
    Node& node = place();
    node = {std::move(value), mark};
    open_.push_back(&node);
    end_of_last();
    return true;
  }
  bool close() {
    open_.pop_back();
    end_of_last();
    return true;
  }

  SyntaxProblem problem_at(std::size_t offset, std::string_view what) {
    const Mark mark = MarkRuler(text_).mark_of(offset);
    if (offset >= text_.size()) {
      return {mark, "is not JSON: the text ends before its value does", closing()};
    }
    std::size_t before = offset;
    while (before > 0 && std::string_view(" \t\r\n").contains(text_[before - 1])) --before;
    const bool is_end = text_[offset] == '}' || text_[offset] == ']';
    if (is_end && before > 0 && text_[before - 1] == ',') {
      return {MarkRuler(text_).mark_of(before - 1), "is not JSON: nothing follows this comma",
              "leave it out"};
    }
    return {mark, concat("is not JSON", explanation(what)),
            is_end ? closing() : hint(text_.substr(offset), what)};
  }

  // For a text that ends too early.
  std::string closing() const {
    if (open_.empty()) return "write {\"apps\": [{\"script\": \"app.js\"}]}";
    const Node& innermost = *open_.back();
    const bool is_map = innermost.map() != nullptr;
    return concat("close the ", is_map ? '{' : '[', " of line ", innermost.mark.line, " with ",
                  is_map ? '}' : ']');
  }

  // What is mostly meant by that which stands there.
  static std::string hint(std::string_view rest, std::string_view what) {
    if (what.contains("missing closing quote")) return "close it with \" in the same line";
    if (what.contains("after backslash")) return "a backslash is written \\\\";
    if (what.contains("control character")) return "a text ends in the line where it begins";
    if (rest.starts_with('\'')) return "texts are in double quotes";
    if (rest.starts_with('#')) return "comments are // or /* */";
    const bool is_script = rest.starts_with("module.exports") || rest.starts_with("export ");
    if (is_script) return "JavaScript is read from files named like ecosystem.config.js";
    if (what.contains("expected end of input")) return "there is one value in a file";
    const bool is_next = what.contains("expected '}'") || what.contains("expected ']'");
    if (is_next && is_word(rest)) return "is a comma or a quote missing before it?";
    if (is_next && (rest.starts_with('"') || rest.starts_with('{'))) {
      return "is a comma missing before it?";
    }
    if (what.contains("expected string literal") || what.contains("expected '}'")) {
      return "keys are in double quotes";
    }
    if (!is_word(rest)) return {};
    constexpr auto kOthers = std::to_array<std::string_view>(
        {"True", "False", "None", "undefined", "NaN", "TRUE", "FALSE"});
    const bool is_other =
        std::ranges::any_of(kOthers, [&](std::string_view word) { return rest.starts_with(word); });
    return is_other ? "write true, false or null" : "texts are in double quotes";
  }

  static bool is_word(std::string_view text) {
    const unsigned char first = text.empty() ? '\0' : static_cast<unsigned char>(text.front());
    return std::isalnum(first) != 0 || first == '_' || first == '$';
  }

  // "… - invalid literal; last read: 'x'; expected '}'" without the text, which is in the file.
  static std::string explanation(std::string_view what) {
    const std::size_t dash = what.find(" - ");
    if (dash == std::string_view::npos) return {};
    what.remove_prefix(dash + 3);
    const std::size_t read = what.find("; last read: ");
    if (read == std::string_view::npos) return concat(": ", what);
    const std::size_t expected = what.rfind("; expected ");
    std::string said = concat(": ", what.substr(0, read));
    if (expected != std::string_view::npos && expected > read) said += what.substr(expected);
    return said;
  }

  std::string_view text_;
  const char*& furthest_;
  MarkRuler ruler_;
  std::size_t last_end_ = 0;
  Node root_;
  std::vector<Node*> open_;  // containers, the innermost last; each grows only while it is last
  SyntaxProblem problem_;
};

}  // namespace

std::expected<Node, SyntaxProblem> parse_json_document(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const char* furthest = text.data();
  Builder builder(text, furthest);
  const Position begin(text.data(), furthest);
  const Position end(text.data() + text.size(), furthest);
  const bool whole =
      nlohmann::json::sax_parse(begin, end, &builder, nlohmann::json::input_format_t::json,
                                /*strict=*/true, /*ignore_comments=*/true);
  if (!whole) return std::unexpected(std::move(builder.problem()));
  return std::move(builder.root());
}

}  // namespace pmx
