#include "codec/probe_reading.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

#include "codec/json_document.h"
#include "codec/manifest_document.h"
#include "codec/problem_text.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

AppSettings app_with(const std::string& keys) {
  const auto document = parse_json_document(R"({"script":"a",)" + keys + "}");
  REQUIRE(document);
  auto settings = read_manifest(*document);
  REQUIRE(settings);
  return std::move(settings->apps.at(0));
}

Strings problems_of(const std::string& keys) {
  const auto document = parse_json_document("{" + keys + R"(,"script":"a"})");
  REQUIRE(document);
  const auto settings = read_manifest(*document);
  REQUIRE(!settings);
  Strings sentences;
  for (const Problem& problem : settings.error()) sentences.push_back(describe(problem, "m"));
  return sentences;
}

Probe ready_probe(const std::string& form) {
  const AppSettings app = app_with("\"ready\":" + form);
  REQUIRE(app.ready);
  REQUIRE(std::holds_alternative<Probe>(*app.ready));
  return std::get<Probe>(*app.ready);
}

TEST_CASE("an app is ready by a question") {
  const Probe http = ready_probe(R"({"http":"http://localhost:3000/health"})");
  CHECK(std::get<HttpProbe>(http.target).path == "/health");
  CHECK(http.interval == 500ms);
  CHECK(http.timeout == 2s);

  for (const char* form : {R"({"tcp":3000})", R"({"tcp":"3000"})"}) {
    CHECK(std::get<TcpProbe>(ready_probe(form).target).endpoints.size() == 2);
  }
  const Probe tcp = ready_probe(R"({"tcp":"[::1]:3000","interval":"1s","timeout":100})");
  CHECK(std::get<TcpProbe>(tcp.target).endpoints[0].family == Endpoint::Family::v6);
  CHECK(tcp.interval == 1s);
  CHECK(tcp.timeout == 100ms);

  for (const char* form :
       {R"({"exec":["pg_isready","-U","a b"]})", R"({"exec":"pg_isready -U 'a b'"})"}) {
    CHECK(std::get<ExecProbe>(ready_probe(form).target).command ==
          Strings{"pg_isready", "-U", "a b"});
  }
}

TEST_CASE("or by time, or by its own word") {
  const AppSettings delayed = app_with(R"("ready":{"delay":"2s"})");
  CHECK(std::get<ByDelay>(*delayed.ready).delay == 2s);
  CHECK(std::holds_alternative<ByNotify>(*app_with(R"("ready":{"notify":true})").ready));
  CHECK(std::holds_alternative<ByMessage>(*app_with(R"("ready":{"message":true})").ready));
  CHECK(std::holds_alternative<ByListening>(*app_with(R"("ready":{"listening":true})").ready));
}

TEST_CASE("health is a question again and again") {
  const auto health = app_with(R"("health":{"http":"http://127.0.0.1:3000/health"})").health;
  REQUIRE(health);
  CHECK(health->probe.interval == 10s);
  CHECK(health->probe.timeout == 2s);
  CHECK(health->retries == 3);
  CHECK(health->start_period == 30s);
  for (const std::string key : {"start_period", "startPeriod"}) {
    const auto other =
        app_with(R"("health":{"tcp":1,"interval":"1s","timeout":"1s","retries":1,")" + key +
                 R"(":0})")
            .health;
    REQUIRE(other);
    CHECK(other->probe.interval == 1s);
    CHECK(other->retries == 1);
    CHECK(other->start_period == 0s);
  }
}

TEST_CASE("a watchdog has a time, which is not 0") {
  CHECK(app_with(R"("watchdog":"30s")").watchdog == 30s);
  CHECK(problems_of(R"("watchdog":0)") == Strings{"m:1:13: watchdog: 0 must be longer than 0; "
                                                  "leave it out, or write a time such as \"10s\""});
}

TEST_CASE("what is wrong with a question is said where it stands") {
  struct Row {
    std::string keys;
    std::string problem;
  };
  const Row rows[] = {
      {R"("ready":true)",
       "m:1:10: ready: true does not say how to ask the app; "
       R"({"http": "http://127.0.0.1:3000/health"})"},
      {R"("ready":{})",
       "m:1:10: ready: {} does not say how to ask the app; "
       "one of http, tcp, exec, delay, notify, message, listening"},
      {R"("health":{"interval":1})",
       R"(m:1:11: health: {"interval": 1} does not say how to ask the app; one of http, tcp, exec)"},
      {R"("ready":{"tcp":1,"delay":1})",
       R"(m:1:10: ready: {"tcp": 1, "delay": 1} says several )"
       "ways; one of http, tcp, exec, delay, notify, message, listening"},
      {R"("ready":{"htp":"x"})", "m:1:11: ready.htp: is not a key of ready; did you mean http?"},
      {R"("health":{"delay":1})", "m:1:12: health.delay: is not a key of health"},
      {R"("ready":{"tcp":1,"retries":1})", "m:1:19: ready.retries: is not a key of ready"},
      {R"("ready":{"message":false})",
       "m:1:21: ready.message: false can only be true; leave it out"},
      {R"("ready":{"delay":1,"timeout":1})",
       R"(m:1:10: ready: {"delay": 1, "timeout": 1} has )"
       "interval or timeout without a question; leave them out"},
      {R"("health":{"tcp":1,"interval":0})",
       "m:1:31: health.interval: 0 must be longer than 0; leave it out, or write a time such as "
       "\"10s\""},
      {R"("health":{"tcp":1,"retries":0})",
       "m:1:30: health.retries: 0 is not a whole number from 1 to 1000"},
      {R"("ready":{"exec":[]})", R"(m:1:18: ready.exec: [] is empty; ["pg_isready", "-q"])"},
      {R"("ready":{"tcp":"db:5432"})",
       R"(m:1:17: ready.tcp: "db:5432" is neither a port nor a numeric address with one; )"
       R"(3000, "127.0.0.1:3000" or "[::1]:3000")"},
      {R"("ready":{"http":"https://127.0.0.1/"})",
       R"(m:1:18: ready.http: "https://127.0.0.1/" asks by https, which is not possible; )"
       R"("http://127.0.0.1:3000/health")"},
      {R"("ready":{"http":"http://api/"})",
       R"(m:1:18: ready.http: "http://api/" has a host that is neither numeric nor localhost; )"
       R"(names are not looked up; "http://127.0.0.1:3000/health")"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.keys);
    CHECK(problems_of(row.keys) == Strings{row.problem});
  }
}

}  // namespace
}  // namespace pmx
