#include "codec/manifest_image.h"

#include <doctest/doctest.h>

#include <string>

namespace pmx {
namespace {

using namespace std::chrono_literals;

constexpr const char* kInherited[] = {"PATH=/bin", "HOME=/root", nullptr};

Manifest full() {
  Manifest manifest;
  App& app = manifest.apps.emplace_back();
  app.name = "api";
  app.version = "1.2.3";
  app.process.arguments = {"node", "app.js", ""};
  app.process.environment = Environment(kInherited);
  app.process.environment.set("PORT", "3000");
  app.process.environment.set("HOME", "/srv");
  app.process.user = 1000;
  app.process.groups = std::vector<unsigned>{1, 2};
  app.process.capabilities = CapabilitySets{1, 2};
  app.process.limits = {{.resource = 7, .soft = 1'024, .hard = 4'096}};
  app.process.processors = {0, 3};
  app.life.max_restarts.reset();
  app.life.kill_timeout = 20s;
  app.life.stop_exit_codes.set(143);
  app.life.ready_by = ByDelay{2s};
  HealthPolicy health;
  health.probe = {.target = HttpProbe{.endpoints = {}, .authority = "127.0.0.1:3000", .path = "/"},
                  .interval = 10s,
                  .timeout = 2s};
  app.life.health = health;
  app.depends_on = {{.app = 1, .awaited = Awaited::completed}};
  app.memory_ceiling = 300U << 20;
  app.whole_memory_ceiling = 600U << 20;
  App& second = manifest.apps.emplace_back();
  second.name = "migrate";
  second.life.ready_by =
      Probe{.target = ExecProbe{{"pg_isready", "-q"}}, .interval = 1s, .timeout = 1s};
  manifest.end.exit_when = ExitWhen::never;
  manifest.end.stop_timeout = 25s;
  manifest.ends_well.set(3);
  manifest.signals = supervise();
  return manifest;
}

TEST_CASE("a manifest comes back as it was") {
  const Manifest manifest = full();
  const auto again = read_image(write_image(manifest), kInherited);
  REQUIRE(again);
  CHECK(again->apps == manifest.apps);
  CHECK(again->end.exit_when == ExitWhen::never);
  CHECK(again->end.stop_timeout == 25s);
  CHECK(again->ends_well == manifest.ends_well);
  CHECK(meaning_of(again->signals, kSigHup) == SignalMeaning::apply);
}

TEST_CASE("where values came from comes back, of inherited ones too") {
  Manifest manifest = full();
  Environment& environment = manifest.apps[0].process.environment;
  environment.set_origin("PORT", {VariableOrigin::Kind::env_file, "/app/.env"});
  environment.set_origin("PATH", {VariableOrigin::Kind::filled_in, "/app:${SECRET}"});
  const auto again = read_image(write_image(manifest), kInherited);
  REQUIRE(again);
  for (const auto& [name, origin] : environment.hidden()) {
    const auto* const found = again->apps[0].process.environment.origin_of(name);
    REQUIRE(found != nullptr);
    CHECK(*found == origin);
  }
}

TEST_CASE("what was set comes back step by step, with what was there before") {
  Manifest manifest = full();
  Environment& environment = manifest.apps[0].process.environment;
  environment.begin_file("/app/.env");
  environment.set("PATH", "/app:/bin");
  environment.set_source("PATH", {VariableOrigin::Kind::filled_in, "/app:${PATH}"});
  const auto again = read_image(write_image(manifest), kInherited);
  REQUIRE(again);
  const Environment& read = again->apps[0].process.environment;
  CHECK(read.before_steps() == Environment(kInherited));
  REQUIRE(read.steps().size() == 4);
  CHECK(*read.steps()[1].assignment == "HOME=/srv");
  CHECK((!read.steps()[2].assignment && read.steps()[2].origin->text == "/app/.env"));
  CHECK(read.steps()[3].origin->text == "/app:${PATH}");
}

TEST_CASE("inherited variables are not copied") {
  const auto again = read_image(write_image(full()), kInherited);
  REQUIRE(again);
  CHECK(again->apps[0].process.environment.data()[0] == kInherited[0]);
}

TEST_CASE("bytes that are not whole are no manifest") {
  const std::string bytes = write_image(full());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(!read_image(std::string_view(bytes).substr(0, size), kInherited));
  }
  CHECK(!read_image(bytes + "x", kInherited));
}

}  // namespace
}  // namespace pmx
