#include "codec/manifest_text.h"

#include <doctest/doctest.h>

#include <limits>
#include <variant>

#include "codec/env_text.h"
#include "codec/json_document.h"
#include "codec/manifest_document.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;

constexpr const char* kInherited[] = {"PATH=/bin", "HOME=/root", nullptr};

std::string capability_name(unsigned capability) { return "CAP_" + std::to_string(capability); }

Manifest supervising() {
  Manifest manifest;
  manifest.signals = supervise();
  return manifest;
}

// What the text of these apps is read as.
ManifestSettings again(const std::vector<App>& apps, const Manifest& manifest = supervising()) {
  const std::string text = manifest_text(manifest, apps, kInherited, capability_name);
  const auto document = parse_json_document(text);
  REQUIRE(document);
  auto settings = read_manifest(*document);
  if (!settings) INFO(settings.error().front().path, " ", settings.error().front().rule);
  REQUIRE(settings);
  return std::move(*settings);
}

App named(std::string name) {
  App app;
  app.name = std::move(name);
  app.process.arguments = {"true"};
  app.process.environment = Environment(kInherited);
  return app;
}

TEST_CASE("what an app is can be read again") {
  App app = named("api");
  app.name_space = "web";
  app.version = "1.2";
  app.user_name = "node";
  app.process.arguments = {"node", "a b.js", ""};
  app.process.user = 1000;
  app.process.group = 1001;
  app.process.groups = std::vector<unsigned>{5, 6};
  app.process.umask = 027;
  app.process.niceness = -3;
  app.process.processors = {0, 3};
  app.process.has_channel = true;
  app.instances = 3;
  app.starts_by_itself = false;
  app.memory_ceiling = 300U << 20;
  app.life.restart = Restart::on_failure;
  app.life.stop_exit_codes.set(143);
  app.life.max_restarts.reset();
  app.life.backoff = 100ms;
  app.life.stop_signal = kSigInt;
  app.life.kill_timeout = 20s;
  app.process.limits = {{7, 64, 128}, {4, 0, std::numeric_limits<std::uint64_t>::max()}};
  app.process.capabilities = CapabilitySets{(1U << 5) | (1U << 10), 1U << 10};
  app.process.sockets.resize(2);
  app.process.sockets[0].text = "127.0.0.1:3000";
  app.process.sockets[1].text = "127.0.0.1:3001";
  app.process.sockets[1].name = "admin";
  app.cron = "0 3 * * *";
  app.restarts_at = Schedule{};
  app.output.json_lines = JsonLines::wrap;
  app.output.level_stderr = Level::info;
  app.output.multiline_stdout = Multiline::indent;
  app.output.max_record = 2'048;
  App other = named("db");
  app.depends_on = {{.app = 1, .awaited = Awaited::ready}};
  Manifest manifest = supervising();
  manifest.end = {.exit_when = ExitWhen::never, .stop_timeout = 25s, .drain_delay = 3s};
  manifest.log.schema = LogSchema::ecs;
  give_meaning(manifest.signals, kSigUsr2, SignalMeaning::reload);
  const ManifestSettings settings = again({app, other}, manifest);
  const AppSettings& read = settings.apps[0];
  CHECK((read.name == "api" && read.name_space == "web" && read.version == "1.2"));
  CHECK(read.command == app.process.arguments);
  CHECK((read.user == "node" && read.group == "1001"));
  CHECK(read.groups == std::vector<std::string>{"5", "6"});
  CHECK((read.umask == 027U && read.niceness == -3 && read.processors == app.process.processors));
  CHECK((read.ipc == true && !read.autostart && read.exec_mode == ExecMode::fork));
  CHECK(read.instances->amount == 3);
  CHECK(read.memory_ceiling->amount == 300U << 20);
  CHECK(read.autorestart == Restart::on_failure);
  CHECK(read.stop_exit_codes == std::vector<std::uint8_t>{143});
  CHECK((!read.max_restarts && read.backoff == 100ms && !read.restart_delay));
  CHECK((read.stop_signal == kSigInt && read.kill_timeout == 20s && !read.treekill));
  CHECK((read.depends_on[0].app == "db" && read.depends_on[0].awaited == Awaited::ready));
  CHECK(read.limits == app.process.limits);
  REQUIRE(read.capabilities);
  CHECK(read.capabilities->keep == std::vector<std::string>{"CAP_5", "CAP_10"});
  CHECK(read.capabilities->ambient == std::vector<std::string>{"CAP_10"});
  REQUIRE(read.sockets.size() == 2);
  CHECK((read.sockets[0].name.empty() && read.sockets[1].name == "admin"));
  CHECK((read.cron == "0 3 * * *" && read.restarts_at));
  OutputPolicy output;
  lay_over(output, read.output);
  CHECK(output == app.output);
  CHECK((settings.exit_when == ExitWhen::never && settings.stop_timeout == 25s));
  CHECK((settings.drain_delay == 3s && settings.output.schema == LogSchema::ecs));
  REQUIRE(settings.signals.size() == 1);
  CHECK(settings.signals[0] == std::pair(kSigUsr2, SignalMeaning::reload));
}

TEST_CASE("questions are asked in the same way again") {
  Endpoints local;
  local.push({.family = Endpoint::Family::v4, .port = 80, .address = {127, 0, 0, 1}});
  Endpoints six;
  six.push({.family = Endpoint::Family::v6, .port = 81, .address = {0x20, 1, 0xd, 0xb8}});
  const ReadyBy all[] = {
      ByExec{},
      ByMessage{},
      ByNotify{},
      ByDelay{2s},
      Probe{.target = TcpProbe{local}, .interval = 1s, .timeout = 2s},
      Probe{.target = TcpProbe{six}, .interval = 1s, .timeout = 2s},
      Probe{.target = HttpProbe{local, "127.0.0.1:80", "/a?b"}, .interval = 1s, .timeout = 2s},
      Probe{.target = ExecProbe{{"ok", ""}}, .interval = 1s, .timeout = 2s}};
  for (const ReadyBy& ready_by : all) {
    App app = named("api");
    app.life.ready_by = ready_by;
    const auto* const probe = std::get_if<Probe>(&ready_by);
    if (probe != nullptr) app.life.health = HealthPolicy{*probe, 5, 10s};
    const AppSettings read = again({app}).apps[0];
    CHECK(read.ready.value_or(ByExec{}) == ready_by);
    CHECK(read.health == app.life.health);
  }
}

TEST_CASE("variables are those that were set, with where they came from") {
  App app = named("api");
  Environment& environment = app.process.environment;
  environment.set("PMX_CONTROL", "@here");
  environment.set("name", "api");
  environment.set("URL", "db://s3cret");
  environment.set_origin("URL", {VariableOrigin::Kind::filled_in, "db://${SECRET}"});
  environment.set("HOME", "/srv");
  environment.set("SECRET", "s3cret");
  environment.set_origin("SECRET", {VariableOrigin::Kind::file, "/run/secrets/a"});
  environment.set("KEY", "k3y");
  environment.set_origin("KEY", {VariableOrigin::Kind::env_file, "/app/.env"});
  const std::string text = manifest_text({}, {app}, kInherited, capability_name);
  CHECK((!text.contains("s3cret") && !text.contains("k3y")));
  const AppSettings read = again({app}).apps[0];
  CHECK(read.env_files == std::vector<std::string>{"/app/.env"});
  REQUIRE(read.env.size() == 3);
  CHECK((read.env[0].name == "HOME" && read.env[0].text == "/srv"));
  CHECK((read.env[1].name == "SECRET" && read.env[1].text == "/run/secrets/a"));
  CHECK(read.env[1].source == VariableSetting::Source::file);
  CHECK((read.env[2].name == "URL" && read.env[2].text == "db://${SECRET}"));
  CHECK((!read.filter.all && read.filter.exact.empty() && read.filter.containing.empty()));
}

TEST_CASE("a value that looks like one to be filled in comes back as it is") {
  const auto nobody = [](std::string_view) -> const char* { return nullptr; };
  for (const char* const value : {"${A}", "$${A}", "${", "${A:-${B}}", "$A", "{}"}) {
    App app = named("api");
    app.process.environment.set("X", value);
    CHECK(fill_in(again({app}).apps[0].env[0].text, nobody) == value);
  }
}

TEST_CASE("what was not passed on is not passed on again") {
  App app = named("api");
  app.process.environment.remove("HOME");
  CHECK(again({app}).apps[0].filter.exact == std::vector<std::string>{"HOME"});
  app.process.environment.remove("PATH");
  CHECK(again({app}).apps[0].filter.all);
}

}  // namespace
}  // namespace pmx
