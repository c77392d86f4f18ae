#include "codec/trace_text.h"

#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/fields.h"
#include "codec/json_writer.h"
#include "codec/manifest_text.h"

namespace pmx {
namespace {

// "Exited", as the compiler spells it.
template <class T>
constexpr std::string_view name_of_type() {
  std::string_view spelt = __PRETTY_FUNCTION__;
  spelt = spelt.substr(spelt.find("T = ") + 4);
  spelt = spelt.substr(0, spelt.find_first_of(";]"));
  return spelt.substr(spelt.rfind(':') + 1);
}

struct Nothing {};
using Cell = std::variant<Nothing, std::int64_t, bool, std::string_view>;

// The members of a value, and theirs, in order. Collected first and written by one function, for
// there are sixty kinds of values.
class Cells {
 public:
  // Not inlined: there are two hundred calls.
  [[gnu::noinline]] void add_number(std::int64_t number) { next() = number; }
  [[gnu::noinline]] void add_truth(bool truth) { next() = truth; }
  [[gnu::noinline]] void add_text(std::string_view text) { next() = text; }
  void add_nothing() { next() = Nothing{}; }
  [[nodiscard]] std::span<const Cell> all() const { return {cells_.data(), count_}; }

 private:
  Cell& next() {
    assert(count_ < cells_.size());
    return cells_[count_++];
  }

  std::array<Cell, 16> cells_;
  std::size_t count_ = 0;
};

template <class T>
void collect(const T& value, Cells& cells) {
  if constexpr (std::same_as<T, std::string_view>)
    cells.add_text(value);
  else if constexpr (std::same_as<T, bool>)
    cells.add_truth(value);
  else if constexpr (std::integral<T> || std::is_enum_v<T>)
    cells.add_number(static_cast<std::int64_t>(value));
  else if constexpr (std::same_as<T, Duration>)
    cells.add_number(value.count());
  else if constexpr (std::same_as<T, Manifest*>)
    cells.add_nothing();
  else
    each_field(value, [&](const auto& member) { collect(member, cells); });
}

void write(std::string_view name, const Cells& cells, JsonWriter& json) {
  json.begin_object().key(name).begin_array();
  for (const Cell& cell : cells.all()) {
    if (const auto* const number = std::get_if<std::int64_t>(&cell))
      json.value(*number);
    else if (const auto* const truth = std::get_if<bool>(&cell))
      json.value(*truth);
    else if (const auto* const text = std::get_if<std::string_view>(&cell))
      json.value(*text);
    else
      json.null();
  }
  json.end_array().end_object();
}

template <class... Ts>
void write(const std::variant<Ts...>& value, JsonWriter& json) {
  Cells cells;
  const std::string_view name = std::visit(
      [&]<class T>(const T& alternative) {
        if constexpr (!std::same_as<T, Say>) collect(alternative, cells);
        return name_of_type<T>();
      },
      value);
  write(name, cells, json);
}

// Takes what collect() has added, the other way.
class TraceReader {
 public:
  explicit TraceReader(const Node::List& cells) : rest_(cells) {}

  template <class T>
  void read(T& value) {
    if constexpr (std::same_as<T, bool>) {
      value = truth();
    } else if constexpr (std::integral<T> || std::is_enum_v<T>) {
      value = static_cast<T>(number());
    } else if constexpr (std::same_as<T, Duration>) {
      value = Duration{number()};
    } else if constexpr (std::same_as<T, Manifest*>) {
      value = nullptr;
      static_cast<void>(next());
    } else {
      each_field(value, [&](auto& member) { read(member); });
    }
  }
  // Every one was of the kind that was asked for, and none is left.
  [[nodiscard]] bool is_done() const { return !has_failed_ && rest_.empty(); }

 private:
  const Node* next() {
    has_failed_ = has_failed_ || rest_.empty();
    if (has_failed_) return nullptr;
    const Node* const node = &rest_.front();
    rest_ = rest_.subspan(1);
    return node;
  }
  bool truth() {
    const Node* const node = next();
    const auto* const found = node == nullptr ? nullptr : std::get_if<bool>(&node->value);
    has_failed_ = has_failed_ || found == nullptr;
    return found != nullptr && *found;
  }
  std::int64_t number() {
    const Node* const node = next();
    const auto* const found = node == nullptr ? nullptr : std::get_if<std::int64_t>(&node->value);
    has_failed_ = has_failed_ || found == nullptr;
    return found == nullptr ? 0 : *found;
  }

  std::span<const Node> rest_;
  bool has_failed_ = false;
};

template <class... Ts>
bool read_one_of(std::string_view name, const Node::List& cells, std::variant<Ts...>& value) {
  const auto read_as = [&]<class T>(T alternative) {
    if (name != name_of_type<T>()) return false;
    TraceReader reader(cells);
    reader.read(alternative);
    value = alternative;
    return reader.is_done();
  };
  return (read_as(Ts{}) || ...);
}

// What surrounds the apps and the core decides by, as numbers: `visit` is told each of them.
template <class Visit>
void each_number(Manifest& manifest, Visit visit) {
  auto& [forward_as, meaning, halts_us, scope] = manifest.signals;
  for (auto& signal : forward_as) visit(signal);
  for (auto& signal : meaning) visit(signal);
  for (auto& signal : halts_us) visit(signal);
  visit(scope);
  each_field(manifest.end, visit);
}

const Node::List* list_in(const Node& node, std::string_view key) {
  const Node::Member* const member = node.find(key);
  return member == nullptr ? nullptr : member->value.list();
}

}  // namespace

std::string trace_of_manifest(const Manifest& manifest, std::vector<App> apps,
                              std::span<const std::size_t> definitions) {
  static constexpr const char* kNothing[] = {nullptr};
  for (App& app : apps) {
    app.process.environment = {};
    app.process.capabilities.reset();
  }
  Manifest around = manifest;
  around.apps.clear();
  JsonWriter json;
  json.begin_object().key("around").begin_array();
  each_number(around, [&]<class T>(const T& number) {
    Cells cells;
    collect(number, cells);
    const Cell& cell = cells.all().front();
    const auto* const truth = std::get_if<bool>(&cell);
    truth == nullptr ? json.value(std::get<std::int64_t>(cell)) : json.value(*truth);
  });
  json.end_array().key("ends_well").begin_array();
  for (std::size_t code = 0; code < manifest.ends_well.size(); ++code) {
    if (manifest.ends_well[code]) json.value(code);
  }
  json.end_array().key("definitions").begin_array();
  for (const std::size_t definition : definitions) json.value(definition);
  json.end_array().key("manifest");
  around.signals = supervise();  // those that no manifest can say are in `around`
  json.literal(manifest_text(around, apps, kNothing, [](unsigned) { return std::string(); }));
  json.end_object();
  return std::move(json).text();
}

std::string trace_of_event(const Event& event) {
  JsonWriter json;
  write(event, json);
  return std::move(json).text();
}

std::string trace_of_effects(std::span<const Effect> effects) {
  JsonWriter json;
  json.begin_array();
  for (const Effect& effect : effects) {
    const auto* const say = std::get_if<Say>(&effect);
    say == nullptr ? write(effect, json) : write(say->note, json);
  }
  json.end_array();
  return std::move(json).text();
}

std::optional<Event> read_traced_event(const Node& node) {
  const Node::Map* const map = node.map();
  if (map == nullptr || map->size() != 1) return std::nullopt;
  const auto& [name, mark, cells] = map->front();
  if (cells.list() == nullptr) return std::nullopt;
  Event event;
  if (!read_one_of(name, *cells.list(), event)) return std::nullopt;
  return event;
}

bool read_traced_manifest(const Node& node, Manifest& manifest) {
  const Node::List* const around = list_in(node, "around");
  const Node::List* const codes = list_in(node, "ends_well");
  if (around == nullptr || codes == nullptr) return false;
  TraceReader reader(*around);
  each_number(manifest, [&](auto& number) { reader.read(number); });
  for (const Node& code : *codes) {
    const auto* const number = std::get_if<std::int64_t>(&code.value);
    if (number == nullptr || *number < 0 || *number > 255) return false;
    manifest.ends_well.set(static_cast<std::size_t>(*number));
  }
  return reader.is_done();
}

}  // namespace pmx
