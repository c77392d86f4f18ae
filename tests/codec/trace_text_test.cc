#include "codec/trace_text.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "codec/json_document.h"

namespace pmx {
namespace {

template <class... Ts>
std::vector<Event> one_of_each(const std::variant<Ts...>*) {
  return {Ts{}...};
}

TEST_CASE("every event is read as it was written") {
  std::vector<Event> events = one_of_each(static_cast<const Event*>(nullptr));
  events.emplace_back(Exited{InstanceId{3}, {1, 9}});
  events.emplace_back(SpawnFailed{InstanceId{2}, {SpawnStage::user, 1, 4}, {125, 0}, false});
  events.emplace_back(ProbeAnswered{InstanceId{1}, {ProbeResult::Kind::bad_status, 503}});
  events.emplace_back(MemoryMeasured{InstanceId{1}, 1ULL << 40});
  for (const Event& event : events) {
    const std::string text = trace_of_event(event);
    CAPTURE(text);
    const auto document = parse_json_document(text);
    REQUIRE(document);
    const auto again = read_traced_event(*document);
    REQUIRE(again);
    CHECK(again->index() == event.index());
    CHECK(trace_of_event(*again) == text);
  }
}

TEST_CASE("a value is its name with its members") {
  CHECK(trace_of_event(Exited{InstanceId{0}, {1, 0}}) == R"({"Exited":[0,1,0]})");
  const Effect effects[] = {SpawnProcess{InstanceId{1}, Role::pre_start},
                            Say{StopAskedNote{kSigTerm, false, Duration{5}}}};
  CHECK(trace_of_effects(effects) == R"([{"SpawnProcess":[1,1]},{"StopAskedNote":[15,false,5]}])");
}

template <class... Ts>
std::vector<Effect> say_one_of_each(const std::variant<Ts...>*) {
  return {Say{Ts{}}...};
}
template <class... Ts>
std::vector<Effect> ask_one_of_each(const std::variant<Ts...>*) {
  return {Ts{}...};
}

TEST_CASE("every effect has a name of its own") {
  std::vector<Effect> effects = ask_one_of_each(static_cast<const Effect*>(nullptr));
  const std::vector<Effect> notes = say_one_of_each(static_cast<const Note*>(nullptr));
  effects.insert(effects.end(), notes.begin(), notes.end());
  const auto document = parse_json_document(trace_of_effects(effects));
  REQUIRE(document);
  std::set<std::string> names;
  for (const Node& effect : *document->list()) names.insert(effect.map()->front().key);
  CHECK(names.size() == std::variant_size_v<Effect> + std::variant_size_v<Note> - 1);
}

TEST_CASE("what is no event is none") {
  for (const char* text :
       {"null", "[]", "{}", R"({"Exited":[0]})", R"({"Exited":[0,1,0,2]})",
        R"({"Exited":["a",1,0]})", R"({"Nothing":[]})", R"({"Began":[],"Halted":[0]})"}) {
    CAPTURE(text);
    const auto document = parse_json_document(text);
    REQUIRE(document);
    CHECK(!read_traced_event(*document));
  }
}

TEST_CASE("what surrounds the apps is read as it was written, and no environment is there") {
  Manifest manifest;
  manifest.end.grace = Duration{7};
  manifest.ends_well.set(143);
  manifest.signals = forward_to_session(true);
  App app;
  app.name = "api";
  app.process.arguments = {"node", "app.js"};
  app.process.environment.set("PASSWORD=secret");
  const std::size_t definitions[] = {0};
  const std::string text = trace_of_manifest(manifest, {app}, definitions);
  CHECK(!text.contains("secret"));
  const auto document = parse_json_document(text);
  REQUIRE(document);
  Manifest again;
  REQUIRE(read_traced_manifest(*document, again));
  CHECK(trace_of_manifest(again, {app}, definitions) == text);
}

}  // namespace
}  // namespace pmx
