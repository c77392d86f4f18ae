#include "core/validate.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace pmx {
namespace {

AppSettings app(std::string name, std::vector<NamedDependency> depends_on = {}) {
  AppSettings settings;
  settings.path = "apps[" + name + "]";
  settings.name = std::move(name);
  settings.depends_on = std::move(depends_on);
  return settings;
}

std::vector<std::string> problems_of(std::vector<AppSettings> apps) {
  ManifestSettings manifest;
  manifest.apps = std::move(apps);
  std::vector<std::string> all;
  for (const Problem& problem : validate(manifest)) {
    all.push_back(problem.path + ": " + problem.value + " " + problem.rule);
  }
  return all;
}
using Strings = std::vector<std::string>;

TEST_CASE("apps in order have no problem") {
  CHECK(
      problems_of({app("a", {{"b", Awaited::ready}, {"c"}}), app("b", {{"c"}}), app("c")}).empty());
}

TEST_CASE("two apps of one name, and a dependency that nobody is") {
  CHECK(problems_of({app("a"), app("a"), app("c", {{"aa"}})}) ==
        Strings{"apps[a].name: \"a\" is the name of apps[a] already",
                "apps[c].depends_on: \"aa\" is no app of this manifest"});
}

TEST_CASE("where the name of an app is not known, nobody is said to be no app") {
  CHECK(problems_of({app(""), app(""), app("a", {{"b"}}), app("c"), app("c")}) ==
        Strings{"apps[c].name: \"c\" is the name of apps[c] already"});
  ManifestSettings manifest;
  manifest.apps = {app("a", {{"b"}})};
  CHECK(validate(manifest).size() == 1);
  manifest.lacks_apps = true;
  CHECK(validate(manifest).empty());
}

TEST_CASE("nothing is said of a key that could not be read") {
  AppSettings migration = app("migration");
  migration.autorestart = Restart::always;  // of the defaults
  migration.unread = {"autorestart"};
  CHECK(problems_of({migration, app("api", {{"migration", Awaited::completed}})}).empty());
  AppSettings worker = app("worker");
  worker.wait_ready = true;
  worker.ipc = false;
  CHECK(problems_of({worker}).size() == 1);
  worker.unread = {"ready"};
  CHECK(problems_of({worker}).empty());
}

TEST_CASE("a cycle is told beside other problems, and only where all dependencies are known") {
  AppSettings a = app("a", {{"b"}});
  const AppSettings b = app("b", {{"a"}});
  AppSettings other = app("c");
  other.script = "c.js";
  other.command = {"c"};
  CHECK(problems_of({a, b, other}).size() == 2);
  CHECK(problems_of({a, b, app("c", {{"nobody"}})}) ==
        Strings{"apps[c].depends_on: \"nobody\" is no app of this manifest"});
  a.unread = {"depends_on"};
  CHECK(problems_of({a, b}).empty());
}

TEST_CASE("a cycle is shown as a whole") {
  CHECK(problems_of({app("x", {{"a"}}), app("a", {{"b"}}), app("b", {{"c"}}), app("c", {{"a"}})}) ==
        Strings{"apps[a].depends_on: a -> b -> c -> a is a cycle: none of them could ever start"});
  CHECK(problems_of({app("a", {{"a"}})}).size() == 1);
}

TEST_CASE("who is awaited as completed cannot always be started again") {
  AppSettings migration = app("migration");
  migration.autorestart = Restart::always;
  CHECK(problems_of({migration, app("api", {{"migration", Awaited::completed}})}).size() == 1);
  CHECK(problems_of({migration, app("api", {{"migration", Awaited::started}})}).empty());
  migration.autorestart = Restart::on_failure;
  CHECK(problems_of({migration, app("api", {{"migration", Awaited::completed}})}).empty());
}

TEST_CASE("who waits for a message needs a channel for it") {
  AppSettings api = app("api");
  api.wait_ready = true;
  CHECK(problems_of({api}).empty());
  api.ipc = false;
  CHECK(problems_of({api}) ==
        Strings{"apps[api].ipc: false leaves no channel for the message of wait_ready"});
  api.wait_ready = false;
  CHECK(problems_of({api}).empty());
  api.ready = ByMessage{};
  CHECK(problems_of({api}) ==
        Strings{"apps[api].ipc: false leaves no channel for the message of ready"});
  api.ready = ByExec{};
  api.shutdown_with_message = true;
  CHECK(problems_of({api}).size() == 1);
}

}  // namespace
}  // namespace pmx
