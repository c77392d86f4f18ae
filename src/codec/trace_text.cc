#include "codec/trace_text.h"

#include <array>
#include <bitset>
#include <chrono>
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

struct Writing {
  JsonWriter& json;

  void operator()(std::string_view text) const { json.value(text); }
  void operator()(bool truth) const { json.value(truth); }
  void operator()(std::integral auto number) const { json.value(number); }
  template <class E>
    requires std::is_enum_v<E>
  void operator()(E value) const {
    json.value(static_cast<std::int64_t>(value));
  }
  void operator()(Duration duration) const { json.value(duration.count()); }
  void operator()(const Manifest*) const { json.null(); }
  template <class T>
  void operator()(const std::optional<T>& value) const {
    value ? (*this)(*value) : static_cast<void>(json.null());
  }
  template <class T, std::size_t N>
  void operator()(const std::array<T, N>& list) const {
    json.begin_array();
    for (const T& item : list) (*this)(item);
    json.end_array();
  }
  template <std::size_t N>
  void operator()(const std::bitset<N>& set) const {
    json.begin_array();
    for (std::size_t i = 0; i < N; ++i) {
      if (set[i]) json.value(i);
    }
    json.end_array();
  }
  template <class... Ts>
  void operator()(const std::variant<Ts...>& value) const {
    std::visit(
        [this]<class T>(const T& alternative) {
          json.begin_object().key(name_of_type<T>());
          (*this)(alternative);
          json.end_object();
        },
        value);
  }
  template <class T>
    requires std::is_aggregate_v<T>
  void operator()(const T& whole) const {
    json.begin_array();
    each_field(whole, *this);
    json.end_array();
  }
};

// The same the other way; false where the node is not of that kind.
bool read(const Node& node, bool& truth) {
  const auto* const found = std::get_if<bool>(&node.value);
  if (found != nullptr) truth = *found;
  return found != nullptr;
}
template <class T>
  requires std::integral<T> || std::is_enum_v<T>
bool read(const Node& node, T& number) {
  const auto* const found = std::get_if<std::int64_t>(&node.value);
  if (found != nullptr) number = static_cast<T>(*found);
  return found != nullptr;
}
bool read(const Node& node, Duration& duration) {
  std::int64_t count = 0;
  const bool is_read = read(node, count);
  duration = Duration{count};
  return is_read;
}
bool read(const Node& node, Manifest*& manifest) {
  manifest = nullptr;
  return node.is_null();
}
template <class T, std::size_t N>
bool read(const Node& node, std::array<T, N>& list) {
  const Node::List* const items = node.list();
  if (items == nullptr || items->size() != N) return false;
  for (std::size_t i = 0; i < N; ++i) {
    if (!read((*items)[i], list[i])) return false;
  }
  return true;
}
template <std::size_t N>
bool read(const Node& node, std::bitset<N>& set) {
  if (node.list() == nullptr) return false;
  for (const Node& item : *node.list()) {
    std::size_t place = N;
    if (!read(item, place) || place >= N) return false;
    set.set(place);
  }
  return true;
}
template <class T>
  requires std::is_aggregate_v<T>
bool read(const Node& node, T& whole) {
  const Node::List* const items = node.list();
  if (items == nullptr) return false;
  std::size_t next = 0;
  bool is_read = true;
  each_field(whole, [&](auto& member) {
    is_read = is_read && next < items->size() && read((*items)[next++], member);
  });
  return is_read && next == items->size();
}
template <class... Ts>
bool read(const Node& node, std::variant<Ts...>& value) {
  const Node::Map* const map = node.map();
  if (map == nullptr || map->size() != 1) return false;
  const Node::Member& member = map->front();
  const auto read_as = [&]<class T>(T alternative) {
    if (member.key != name_of_type<T>() || !read(member.value, alternative)) return false;
    value = alternative;
    return true;
  };
  return (read_as(Ts{}) || ...);
}

template <class T>
void write_member(std::string_view key, const T& value, JsonWriter& json) {
  json.key(key);
  Writing{json}(value);
}
template <class T>
bool read_member(const Node& node, std::string_view key, T& value) {
  const Node::Member* const member = node.find(key);
  return member != nullptr && read(member->value, value);
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
  around.signals = supervise();  // the true ones are beside it, those that no manifest can say too
  JsonWriter json;
  json.begin_object();
  write_member("end", manifest.end, json);
  write_member("signals", manifest.signals, json);
  write_member("ends_well", manifest.ends_well, json);
  json.key("definitions").begin_array();
  for (const std::size_t definition : definitions) json.value(definition);
  json.end_array().key("manifest");
  json.literal(manifest_text(around, apps, kNothing, [](unsigned) { return std::string(); }));
  json.end_object();
  return std::move(json).text();
}

std::string trace_of_event(const Event& event) {
  JsonWriter json;
  Writing{json}(event);
  return std::move(json).text();
}

std::string trace_of_effects(std::span<const Effect> effects) {
  JsonWriter json;
  json.begin_array();
  for (const Effect& effect : effects) Writing{json}(effect);
  json.end_array();
  return std::move(json).text();
}

std::optional<Event> read_traced_event(const Node& node) {
  Event event;
  if (!read(node, event)) return std::nullopt;
  return event;
}

bool read_traced_manifest(const Node& node, Manifest& manifest) {
  return read_member(node, "end", manifest.end) && read_member(node, "signals", manifest.signals) &&
         read_member(node, "ends_well", manifest.ends_well);
}

}  // namespace pmx
