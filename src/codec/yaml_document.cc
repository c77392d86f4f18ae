#include "codec/yaml_document.h"

#include <yaml.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/concat.h"
#include "base/utf8.h"
#include "codec/mark_ruler.h"
#include "codec/yaml_scalar.h"

namespace pmx {
namespace {

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text);
}

// An event of libyaml's, given back when it is not needed any more.
class Event {
 public:
  Event() = default;
  ~Event() { yaml_event_delete(&event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  yaml_event_t& operator*() { return event_; }
  yaml_event_t* operator->() { return &event_; }

 private:
  yaml_event_t event_{};
};

class Parser {
 public:
  explicit Parser(std::string_view text) {
    is_ready_ = yaml_parser_initialize(&parser_) != 0;
    if (!is_ready_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~Parser() {
    if (is_ready_) yaml_parser_delete(&parser_);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  [[nodiscard]] bool next(Event& event) {
    return is_ready_ && yaml_parser_parse(&parser_, &*event) != 0;
  }
  [[nodiscard]] const yaml_parser_t& state() const { return parser_; }

 private:
  yaml_parser_t parser_{};
  bool is_ready_ = false;
};

// What libyaml counts in characters, as a place in bytes. What it is asked for mostly grows.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text), ruler_(text) {}

  Mark mark_of(const yaml_mark_t& mark) {
    if (mark.index < characters_) *this = Places(text_);
    while (characters_ < mark.index && at_ < text_.size()) {
      ++at_;
      while (at_ < text_.size() && is_continuation(text_[at_])) ++at_;
      ++characters_;
    }
    return ruler_.mark_of(at_);
  }
  // The text from there on.
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

 private:
  std::string_view text_;
  MarkRuler ruler_;
  std::size_t at_ = 0;
  std::size_t characters_ = 0;
};

// How much a copy of it is, and how deep.
struct Extent {
  std::size_t bytes = 0;
  std::size_t depth = 0;
};

Extent extent_of(const Node& node) {
  Extent whole{sizeof(Node), 0};
  const auto add = [&whole](const Node& inner) {
    const Extent part = extent_of(inner);
    whole.bytes += part.bytes;
    whole.depth = std::max(whole.depth, part.depth);
  };
  if (const std::string* const text = node.text()) whole.bytes += text->size();
  if (const Node::List* const list = node.list()) {
    for (const Node& item : *list) add(item);
    ++whole.depth;
  } else if (const Node::Map* const map = node.map()) {
    for (const Node::Member& member : *map) {
      whole.bytes += member.key.size();
      add(member.value);
    }
    ++whole.depth;
  }
  return whole;
}

// Builds the tree from libyaml's events.
class Building {
 public:
  explicit Building(std::string_view text) : text_(text), parser_(text), places_(text) {}

  std::expected<Node, SyntaxProblem> run() {
    while (!is_over_ && !problem_) {
      Event event;
      if (!parser_.next(event)) {
        fail_as_library_says();
      } else {
        take(*event);
      }
    }
    if (problem_) return std::unexpected(std::move(*problem_));
    return std::move(root_);
  }

 private:
  // A list or map that has not ended.
  struct Open {
    Node node;
    std::string anchor;
    std::optional<std::pair<std::string, Mark>> key;  // whose value comes next
    bool is_merging = false;                          // the value that comes next is merged
    std::vector<Node::Map> merged{};
  };
  struct Anchored {
    Node node;
    Extent extent;
  };

  void refuse(Mark mark, std::string_view rule, std::string_view suggestion = {}) {
    if (!problem_) problem_ = {mark, std::string(rule), std::string(suggestion)};
  }

  void take(yaml_event_t& event) {
    const Mark mark = places_.mark_of(event.start_mark);
    switch (event.type) {
      case YAML_NO_EVENT:
      case YAML_STREAM_START_EVENT:
      case YAML_DOCUMENT_END_EVENT:
        return;
      case YAML_STREAM_END_EVENT:
        is_over_ = true;
        if (documents_ == 0) refuse(mark, "has nothing in it", "write apps: [{script: app.js}]");
        return;
      case YAML_DOCUMENT_START_EVENT:
        if (++documents_ > 1) refuse(mark, "is a second document", "put all apps into the first");
        return;
      case YAML_ALIAS_EVENT:
        return take_alias(view(event.data.alias.anchor), mark);
      case YAML_SCALAR_EVENT:
        return take_scalar(event, mark);
      case YAML_SEQUENCE_START_EVENT:
        return open({Node::List{}, mark}, view(event.data.sequence_start.anchor),
                    view(event.data.sequence_start.tag), "tag:yaml.org,2002:seq");
      case YAML_MAPPING_START_EVENT:
        return open({Node::Map{}, mark}, view(event.data.mapping_start.anchor),
                    view(event.data.mapping_start.tag), "tag:yaml.org,2002:map");
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        return close();
    }
  }

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().node.map() != nullptr && !open_.back().key &&
           !open_.back().is_merging;
  }

  void take_scalar(yaml_event_t& event, Mark mark) {
    const auto& scalar = event.data.scalar;
    const std::string_view text{reinterpret_cast<const char*>(scalar.value), scalar.length};
    const bool is_plain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nullptr;
    if (expects_key()) return take_key(text, is_plain, mark);
    const std::string_view tag = view(scalar.tag);
    Node node{{}, mark};
    if (is_plain) {
      node.value = core_schema_value(text);
    } else if (tag.empty() || tag == "!") {
      node.value = std::string(text);
    } else if (auto value = tagged_value(tag, text)) {
      node.value = std::move(*value);
    } else {
      return refuse(mark, concat("has a tag that means nothing here: ", tag), "leave it out");
    }
    put(std::move(node), view(scalar.anchor));
  }

  void take_key(std::string_view text, bool is_plain, Mark mark) {
    Open& map = open_.back();
    if (is_plain && text == "<<") {
      map.is_merging = true;
      return;
    }
    if (is_plain && text.empty()) return refuse(mark, "is not YAML: a key is missing before this");
    if (const auto* const first = map.node.find(text)) {
      return refuse(
          mark,
          concat("has the key ", text, " once more: it is in line ", first->mark.line, " already"),
          "leave one of them out");
    }
    map.key.emplace(text, mark);
  }

  void take_alias(std::string_view name, Mark mark) {
    if (expects_key()) return refuse(mark, "is an alias in place of a key", "write the key out");
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      const bool is_open =
          std::ranges::any_of(open_, [name](const Open& one) { return one.anchor == name; });
      return refuse(
          mark,
          concat("*", name, is_open ? " stands inside of what it repeats" : " repeats nothing"),
          is_open ? "" : concat("write &", name, " before what it is to repeat"));
    }
    if (!may_copy(found->second.extent, mark)) return;
    put(Node(found->second.node), {});
  }

  // A few lines of aliases of aliases could fill any memory.
  [[nodiscard]] bool may_copy(Extent extent, Mark mark) {
    copied_ += extent.bytes;
    if (copied_ > kMostCopied) {
      refuse(mark, "makes too much of this file: more than 4 MiB of repetitions", {});
    } else if (open_.size() + extent.depth > kDeepestDocument) {
      refuse(mark, concat("is nested deeper than ", kDeepestDocument, " levels"));
    }
    return !problem_;
  }

  void open(Node node, std::string_view anchor, std::string_view tag, std::string_view own_tag) {
    if (!tag.empty() && tag != "!" && tag != own_tag) {
      return refuse(node.mark, concat("has a tag that means nothing here: ", tag), "leave it out");
    }
    if (expects_key()) return refuse(node.mark, "is a list or map in place of a key");
    if (open_.size() == kDeepestDocument) {
      return refuse(node.mark, concat("is nested deeper than ", kDeepestDocument, " levels"));
    }
    open_.push_back({std::move(node), std::string(anchor), std::nullopt});
  }

  void close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    // What is written in the map itself wins, then what was merged first.
    for (Node::Map& map : closed.merged) {
      for (Node::Member& member : map) {
        if (closed.node.find(member.key) != nullptr) continue;
        std::get<Node::Map>(closed.node.value).push_back(std::move(member));
      }
    }
    put(std::move(closed.node), closed.anchor);
  }

  void put(Node node, std::string_view anchor) {
    if (!anchor.empty()) {
      const Extent extent = extent_of(node);
      if (!may_copy(extent, node.mark)) return;
      anchors_.insert_or_assign(std::string(anchor), Anchored{node, extent});
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& into = open_.back();
    if (into.is_merging) return merge(std::move(node));
    if (auto* const list = std::get_if<Node::List>(&into.node.value)) {
      list->push_back(std::move(node));
      return;
    }
    std::get<Node::Map>(into.node.value)
        .push_back({std::move(into.key->first), into.key->second, std::move(node)});
    into.key.reset();
  }

  void merge(Node node) {
    Open& into = open_.back();
    into.is_merging = false;
    std::vector<Node> one_or_more;
    if (auto* const list = std::get_if<Node::List>(&node.value)) {
      one_or_more = std::move(*list);
    } else {
      one_or_more.push_back(std::move(node));
    }
    for (Node& each : one_or_more) {
      auto* const map = std::get_if<Node::Map>(&each.value);
      if (map == nullptr)
        return refuse(each.mark, "is no map that << could merge", "write <<: *name");
      into.merged.push_back(std::move(*map));
    }
  }

  void fail_as_library_says() {
    const yaml_parser_t& state = parser_.state();
    const std::string_view what = state.problem == nullptr ? "" : state.problem;
    if (state.error == YAML_READER_ERROR) {
      const std::size_t at = std::min(state.problem_offset, text_.size());
      return refuse(MarkRuler(text_).mark_of(at), concat("is not YAML: ", what),
                    "save the file as UTF-8");
    }
    if (state.error != YAML_SCANNER_ERROR && state.error != YAML_PARSER_ERROR) {
      return refuse({}, "cannot be read: there is not enough memory");
    }
    const Mark mark = places_.mark_of(state.problem_mark);
    const bool is_tab = places_.rest().starts_with('\t');
    refuse(mark, concat("is not YAML: ", what), is_tab ? "indent with spaces" : hint(what, state));
  }

  static std::string hint(std::string_view what, const yaml_parser_t& state) {
    // Where that begins which is not as it should be.
    const std::string where =
        state.context == nullptr ? "" : concat(" of line ", state.context_mark.line + 1);
    if (what.contains("cannot start any token")) return "put it in quotes";
    if (what.contains("mapping values are not allowed")) {
      return "put a text with \": \" in it in quotes, and give keys of one map one indentation";
    }
    if (what.contains("did not find expected key")) {
      return "give the keys of one map one indentation";
    }
    if (what.contains("expected '-'")) return "give the items of one list one indentation";
    if (what.contains("could not find expected ':'")) return "write key: value";
    if (what.contains("escape character"))
      return "write \\\\ for a backslash, or use single quotes";
    if (what.contains("unexpected end of stream")) return concat("close the quote", where);
    if (what.contains("expected ',' or")) {
      return concat("close the bracket", where, ", or put a comma before this");
    }
    return {};
  }

  std::string_view text_;
  Parser parser_;
  Places places_;
  Node root_;
  std::vector<Open> open_;
  std::map<std::string, Anchored, std::less<>> anchors_;
  std::size_t copied_ = 0;
  int documents_ = 0;
  bool is_over_ = false;
  std::optional<SyntaxProblem> problem_;
};

}  // namespace

std::expected<Node, SyntaxProblem> parse_yaml_document(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return Building(text).run();
}

}  // namespace pmx
