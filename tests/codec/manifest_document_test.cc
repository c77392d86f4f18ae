#include "codec/manifest_document.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "codec/app_keys.h"
#include "codec/json_document.h"
#include "codec/problem_text.h"

namespace pmx {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

ManifestSettings settings_of(std::string_view text) {
  const auto document = parse_json_document(text);
  REQUIRE(document);
  auto settings = read_manifest(*document);
  REQUIRE(settings);
  return std::move(*settings);
}
AppSettings app_of(std::string_view text) { return settings_of(text).apps.at(0); }

Strings problems_of(std::string_view text) {
  const auto document = parse_json_document(text);
  REQUIRE(document);
  const auto settings = read_manifest(*document);
  REQUIRE(!settings);
  Strings sentences;
  for (const Problem& problem : settings.error()) sentences.push_back(describe(problem, "m"));
  return sentences;
}

TEST_CASE("a manifest is a map with apps, a list of apps, or one app") {
  CHECK(settings_of(R"({"apps":[{"script":"a"},{"script":"b"}]})").apps.size() == 2);
  CHECK(settings_of(R"({"apps":{"script":"a"}})").apps.size() == 1);
  CHECK(settings_of(R"([{"script":"a"}])").apps.size() == 1);
  CHECK(settings_of(R"({"script":"a"})").apps.size() == 1);
  CHECK(settings_of(R"({"pm2":[{"exec":"a"}]})").apps.size() == 1);
}

TEST_CASE("the pm2 of a package.json is read, and its own keys are passed over") {
  const ManifestSettings settings =
      settings_of(R"({"name":"shop","scripts":{},"pm2":{"apps":[{"script":"a"}]}})");
  REQUIRE(settings.apps.size() == 1);
  CHECK(settings.apps[0].script == "a");
  CHECK(problems_of(R"({"scripts":{},"apps":[{"script":"a"}]})") ==
        Strings{"m:1:2: scripts: is not a key of a manifest"});
}

TEST_CASE("names of keys are pm2's, in both spellings, and their aliases") {
  const AppSettings app = app_of(
      R"({"script":"a","maxRestarts":3,"exec_interpreter":"none","node_args":"-r x","uid":1000,
          "killTimeout":"2s","env":{"A":1,"B":true,"C":null},"env_production":{"A":"2"}})");
  CHECK(app.max_restarts == 3U);
  CHECK(app.interpreter == "none");
  CHECK(app.interpreter_arguments == Strings{"-r", "x"});
  CHECK(app.user == "1000");
  CHECK(app.kill_timeout == 2s);
  REQUIRE(app.env.size() == 2);
  CHECK(app.env[0].text == "1");
  CHECK(app.env[1].text == "true");
  REQUIRE(app.named_env.size() == 1);
  CHECK(app.named_env[0].first == "production");
}

TEST_CASE("defaults are laid under every app, wherever they stand") {
  const ManifestSettings settings = settings_of(
      R"({"apps":[{"script":"a"},{"script":"b","max_restarts":1}],"defaults":{"max_restarts":7}})");
  CHECK(settings.apps[0].max_restarts == 7U);
  CHECK(settings.apps[1].max_restarts == 1U);
}

TEST_CASE("null is as good as not written, and some keys have a word for off") {
  const ManifestSettings settings = settings_of(
      R"({"apps":[{"script":"a","env":null,"env_production":null,"cron_restart":"",)"
      R"("max_memory_restart":0},{"script":"b","max_memory_restart":"0"}],"defaults":null})");
  CHECK(settings.apps[0].named_env.empty());
  CHECK(!settings.apps[0].restarts_at);
  CHECK(!settings.apps[0].memory_ceiling);
  CHECK(!settings.apps[1].memory_ceiling);
}

TEST_CASE("numbers of instances have several forms") {
  using enum InstanceCount::Kind;
  struct Row {
    std::string form;
    InstanceCount::Kind kind;
    unsigned amount;
  };
  const Row rows[] = {{"4", number, 4},   {"\"4\"", number, 4},    {"0", all_but, 0},
                      {"-1", all_but, 1}, {"\"max\"", all_but, 0}, {"\"50%\"", percent, 50}};
  for (const Row& row : rows) {
    CAPTURE(row.form);
    const auto count = app_of(R"({"script":"a","instances":)" + row.form + "}").instances;
    REQUIRE(count);
    CHECK(count->kind == row.kind);
    CHECK(count->amount == row.amount);
  }
}

TEST_CASE("what is written is remembered where nothing follows from it") {
  const AppSettings app = app_of(
      R"({"script":"a","vizion":false,"watch":["src"],"ignore_watch":["x"],"wait_ready":true,
          "shutdown_with_message":false})");
  CHECK(app.ignored == Strings{"vizion"});
  CHECK(app.without_effect == Strings{"watch"});
  CHECK(app.wait_ready);
}

TEST_CASE("all problems are named at once, each with its place and what would be right") {
  const std::string_view text = R"({"apps":[{"nam":1,"script":5},
{"script":"a","stop_signal":"SIGWHAT"}],"exitwhen":1})";
  const Strings problems = problems_of(text);
  REQUIRE(problems.size() == 4);
  CHECK(problems[0] == "m:1:11: apps[0].nam: is not a key of an app; did you mean name?");
  CHECK(problems[1] == "m:1:28: apps[0].script: 5 is not a text; put it in quotes");
  CHECK(problems[2] == R"(m:2:29: apps[1].stop_signal: "SIGWHAT" is not a signal; )"
                       R"(a name or number, such as "SIGTERM")");
  CHECK(problems[3] == "m:2:41: exitwhen: is not a key of a manifest; did you mean exit_when?");
}

TEST_CASE("a key of another program, or at the wrong place, is known to be meant") {
  CHECK(problems_of(R"({"script":"a","environment":{},"workingDir":"/","stop_timeout":1})") ==
        Strings{"m:1:15: environment: is not a key of an app; did you mean env?",
                "m:1:32: workingDir: is not a key of an app; did you mean cwd?",
                "m:1:49: stop_timeout: is not a key of an app; it belongs beside apps"});
  CHECK(problems_of(R"({"apps":[{"script":"a"}],"instances":2})") ==
        Strings{"m:1:26: instances: is not a key of a manifest; it belongs into an app, or into "
                "defaults"});
}

TEST_CASE("an app knows where its keys are written") {
  const AppSettings app = app_of("{\"script\":\"a\",\n \"uid\": 5, \"nice\": null}");
  REQUIRE(app.places.size() == 2);
  CHECK(app.places[1].key == "user");
  CHECK(app.places[1].written == "uid");
  CHECK(app.places[1].mark == Mark{2, 9});
}

TEST_CASE("what can be read beside problems is there, and what could not be read is known") {
  const auto read = [](std::string_view text, Problems& problems) {
    const auto document = parse_json_document(text);
    REQUIRE(document);
    return read_manifest(*document, problems);
  };
  Problems problems;
  auto settings = read(R"({"defaults":{"umask":8},"apps":[
      {"script":"a","usr":"b","nonsense":1,"kill_timeout":"soon","env_x":1,"exec_interpreter":1},
      {"script":"b"}]})",
                       problems);
  CHECK(problems.size() == 6);
  CHECK(!settings.lacks_apps);
  REQUIRE(settings.apps.size() == 2);
  using Keys = std::vector<std::string_view>;
  CHECK(settings.apps[0].unread == Keys{"umask", "user", "", "kill_timeout", "env", "interpreter"});
  CHECK(settings.apps[1].unread == Keys{"umask"});
  CHECK(settings.apps[1].script == "b");

  settings = read(R"({"apps":[5,{"script":"a"}]})", problems);
  CHECK((settings.lacks_apps && settings.apps.size() == 1));
  CHECK(read("[]", problems).lacks_apps);
  CHECK(read(R"({"apps":{"script":"a"},"app":{}})", problems).lacks_apps);
  CHECK(read("5", problems).lacks_apps);
  CHECK(read(R"({"apps":null})", problems).lacks_apps);
  settings = read(R"({"defualts":{"cwd":"/srv"},"apps":[{"script":"a"}]})", problems);
  CHECK(settings.apps.at(0).unread == Keys{"", "cwd", "script"});
}

TEST_CASE("a value of the wrong kind is refused, whatever the key") {
  for (const AppKey& key : app_keys()) {
    if (key.read == nullptr) continue;
    CAPTURE(std::string(key.name));
    // Maps of maps are right nowhere.
    const std::string text =
        R"({"script":"a",")" + std::string(key.name) + R"(":{"x y":{"y":{"z":[]}}}})";
    const auto document = parse_json_document(text);
    REQUIRE(document);
    CHECK(!read_manifest(*document));
  }
}

}  // namespace
}  // namespace pmx
