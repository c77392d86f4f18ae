#include "codec/probe_reading.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/concat.h"
#include "base/text.h"
#include "codec/endpoint_text.h"
#include "codec/quantity_text.h"

namespace pmx {
namespace {

constexpr Duration kReadyInterval{500};
constexpr Duration kHealthInterval{10'000};
constexpr Duration kTimeout{2'000};
constexpr std::string_view kExample = R"({"http": "http://127.0.0.1:3000/health"})";

// What one of the maps says.
struct Said {
  std::optional<ProbeTarget> target;
  std::optional<ReadyBy> otherwise;  // how it is ready without a question
  unsigned ways = 0;
  std::optional<Duration> interval;
  std::optional<Duration> timeout;
  unsigned retries = HealthPolicy{}.retries;
  Duration start_period = HealthPolicy{}.start_period;
};

using Reading = ManifestReading;

std::string rule_of(UrlProblem problem) {
  switch (problem) {
    case UrlProblem::no_url:
      return "is not an address that begins with http://";
    case UrlProblem::encrypted:
      return "asks by https, which is not possible";
    case UrlProblem::host:
      return "has a host that is neither numeric nor localhost; names are not looked up";
    case UrlProblem::port:
      return "has a port that is not a number from 1 to 65535";
    case UrlProblem::path:
      return "is longer than 1,024 bytes, or has characters that no address has";
  }
  return {};
}

void read_http(Reading& reading, const Node& node, Said& said) {
  ++said.ways;
  const auto url = reading.filled_text(node);
  if (!url) return;
  auto probe = parse_http_url(*url);
  if (!probe) {
    return reading.refuse(node, rule_of(probe.error()), "\"http://127.0.0.1:3000/health\"");
  }
  said.target = std::move(*probe);
}

void read_tcp(Reading& reading, const Node& node, Said& said) {
  ++said.ways;
  const auto text = reading.text_or_number(node);
  if (!text) return;
  const auto endpoints = parse_endpoints(*text);
  if (!endpoints) {
    return reading.refuse(node, "is neither a port nor a numeric address with one",
                          "3000, \"127.0.0.1:3000\" or \"[::1]:3000\"");
  }
  said.target = TcpProbe{*endpoints};
}

void read_exec(Reading& reading, const Node& node, Said& said) {
  ++said.ways;
  auto command = reading.command(node, R"(["pg_isready", "-q"])");
  if (command) said.target = ExecProbe{std::move(*command)};
}

void read_delay(Reading& reading, const Node& node, Said& said) {
  ++said.ways;
  if (const auto delay = reading.duration(node)) said.otherwise = ByDelay{*delay};
}

bool is_true(Reading& reading, const Node& node) {
  const auto truth = reading.flag(node);
  if (truth && !*truth) reading.refuse(node, "can only be true", "leave it out");
  return truth == true;
}

void read_message(Reading& reading, const Node& node, Said& said) {
  ++said.ways;
  if (is_true(reading, node)) said.otherwise = ByMessage{};
}

void read_notify(Reading& reading, const Node& node, Said& said) {
  ++said.ways;
  if (is_true(reading, node)) said.otherwise = ByNotify{};
}

void read_listening(Reading& reading, const Node& node, Said& said) {
  ++said.ways;
  if (is_true(reading, node)) said.otherwise = ByListening{};
}

template <auto kMember>
void read_time(Reading& reading, const Node& node, Said& said) {
  if (const auto time = reading.positive_duration(node)) said.*kMember = *time;
}

void read_start_period(Reading& reading, const Node& node, Said& said) {
  if (const auto period = reading.duration(node)) said.start_period = *period;
}

void read_retries(Reading& reading, const Node& node, Said& said) {
  if (const auto count = reading.number(node, 1, 1'000)) {
    said.retries = static_cast<unsigned>(*count);
  }
}

struct Key {
  std::string_view name;
  bool is_of_ready;
  bool is_of_health;
  void (*read)(Reading& reading, const Node& node, Said& said);
};
constexpr auto kKeys = std::to_array<Key>({
    {"http", true, true, read_http},
    {"tcp", true, true, read_tcp},
    {"exec", true, true, read_exec},
    {"delay", true, false, read_delay},
    {"message", true, false, read_message},
    {"notify", true, false, read_notify},
    {"listening", true, false, read_listening},
    {"interval", true, true, read_time<&Said::interval>},
    {"timeout", true, true, read_time<&Said::timeout>},
    {"retries", false, true, read_retries},
    {"start_period", false, true, read_start_period},
    {"startPeriod", false, true, read_start_period},
});

std::string names_of(bool Key::* is_of) {
  std::string names;
  for (const Key& key : kKeys) {
    if (key.*is_of) append(names, names.empty() ? "" : " ", key.name);
  }
  return names;
}

// The map that is meant where one value says it all: an address, a port, a time, or one of the
// words.
std::optional<Node> map_for(const Node& node, bool is_ready) {
  const auto meaning = [&](std::string_view key, const Node& value) {
    return Node{Node::Map{{std::string(key), node.mark, value}}, node.mark};
  };
  if (std::holds_alternative<std::int64_t>(node.value)) return meaning("tcp", node);
  const std::string* const text = node.text();
  if (text == nullptr) return std::nullopt;
  if (text->starts_with("http")) return meaning("http", node);
  if (parse_endpoints(*text)) return meaning("tcp", node);
  if (!is_ready) return std::nullopt;
  if (parse_duration(*text)) return meaning("delay", node);
  if (is_among(*text, "message notify listening")) return meaning(*text, Node{true, node.mark});
  return std::nullopt;
}

// The map of `name`, one of ready and health. Nothing when there is a problem.
std::optional<Said> read_map(Reading& reading, const Node& node, bool is_ready) {
  const std::string name = is_ready ? "ready" : "health";
  const Node::Map* const map = node.map();
  if (map == nullptr) {
    if (const auto meant = map_for(node, is_ready)) return read_map(reading, *meant, is_ready);
    reading.refuse(node, "does not say how to ask the app", kExample);
    return std::nullopt;
  }
  std::vector<std::string_view> known;
  for (const Key& key : kKeys) {
    if (is_ready ? key.is_of_ready : key.is_of_health) known.push_back(key.name);
  }
  Said said;
  const std::size_t problems_before = reading.problems().size();
  for (const Node::Member& member : *map) {
    const Reading::Step step(reading, member.key);
    if (std::ranges::find(known, member.key) == known.end()) {
      const auto meant = nearest_word(member.key, known);
      reading.refuse(member, concat("is not a key of ", name),
                     meant ? concat("did you mean ", *meant, "?") : std::string());
    } else if (!member.value.is_null()) {
      std::ranges::find(kKeys, member.key, &Key::name)->read(reading, member.value, said);
    }
  }
  if (reading.problems().size() > problems_before) return std::nullopt;
  if (said.ways == 1) return said;
  reading.refuse(
      node, said.ways == 0 ? "does not say how to ask the app" : "says several ways",
      concat("one of http, tcp, exec", is_ready ? ", delay, notify, message, listening" : ""));
  return std::nullopt;
}

Probe probe_of(Said& said, Duration interval) {
  return {std::move(*said.target), said.interval.value_or(interval),
          said.timeout.value_or(kTimeout)};
}

}  // namespace

std::string ready_keys() { return names_of(&Key::is_of_ready); }
std::string health_keys() { return names_of(&Key::is_of_health); }

void read_ready(ManifestReading& reading, const Node& node, AppSettings& app) {
  auto said = read_map(reading, node, true);
  if (!said) return;
  app.ready = ByExec{};
  if (said->target) {
    app.ready = probe_of(*said, kReadyInterval);
  } else if (said->interval || said->timeout) {
    reading.refuse(node, "has interval or timeout without a question", "leave them out");
  } else if (said->otherwise) {
    app.ready = std::move(*said->otherwise);
  }
}

void read_health(ManifestReading& reading, const Node& node, AppSettings& app) {
  auto said = read_map(reading, node, false);
  if (!said) return;
  app.health = HealthPolicy{probe_of(*said, kHealthInterval), said->retries, said->start_period};
}

void read_watchdog(ManifestReading& reading, const Node& node, AppSettings& app) {
  if (const auto time = reading.positive_duration(node)) app.watchdog = *time;
}

}  // namespace pmx
