#include "cli/cluster_command.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/concat.h"

namespace pmx::cli {
namespace {

using Words = std::vector<std::string>;

// A folder with an app in it, for as long as it lives.
class Project {
 public:
  explicit Project(std::string_view scripts = "") {
    folder_ = (std::filesystem::temp_directory_path() / "project-XXXXXX").string();
    REQUIRE(::mkdtemp(folder_.data()) != nullptr);
    if (!scripts.empty()) write("package.json", concat(R"({"scripts": {)", scripts, "}}"));
  }
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;
  ~Project() { std::filesystem::remove_all(folder_); }

  void write(std::string_view name, std::string_view text) const {
    std::ofstream(concat(folder_, "/", name)) << text;
  }

  // `file`: of a manifest; empty: typed.
  [[nodiscard]] Clustering of(Words command, unsigned instances = 4,
                              ExecMode mode = ExecMode::automatic,
                              std::string file = "apps.json") const {
    AppSettings settings;
    settings.name = "api";
    settings.file = std::move(file);
    settings.command = command;
    settings.exec_mode = mode;
    settings.instances = InstanceCount{InstanceCount::Kind::number, instances};
    App app;
    app.instances = instances;
    app.process.arguments = std::move(command);
    return clustering_of(settings, app, folder_);
  }

  // What is to be written in place of this; "?": not known, "": it is no problem.
  [[nodiscard]] std::string instead_of(Words command) const {
    const Clustering found = of(std::move(command));
    if (!found.problem) return {};
    CHECK(!found.is_clustered);
    const std::string& all = found.problem->suggestion;
    constexpr std::string_view kBefore = "write \"command\": \"";
    if (!all.starts_with(kBefore)) return "?";
    return all.substr(kBefore.size(), all.find('"', kBefore.size()) - kBefore.size());
  }

 private:
  std::string folder_;
};

TEST_CASE("several of a wrapper are a problem, unless they are to know nothing of each other") {
  const Project project;
  for (const Words& command : {
           Words{"npm", "start"},
           Words{"/usr/bin/npx", "tsx", "app.ts"},
           Words{"yarn"},
           Words{"yarnpkg", "start"},
           Words{"pnpm", "start"},
           Words{"pnpx", "serve"},
           Words{"bunx", "serve"},
           Words{"node_modules/.bin/tsx", "app.ts"},
           Words{"ts-node", "app.ts"},
           Words{"nodemon", "app.js"},
           Words{"node", "node_modules/.bin/tsx", "app.ts"},
           Words{"sh", "-c", "npm start"},
           Words{"/bin/bash", "-lc", "cd web && PORT=1 exec npm start; "},
           Words{"sh", "-c", "(cd web; yarn start)"},
           Words{"env", "-i", "A=b", "npm", "start"},
           Words{"docker-entrypoint.sh", "npm", "start"},
           Words{"sh", "-c", "exec env A=b yarn start"},
           Words{"node", "--run", "start"},
           Words{"/usr/bin/node", "--run=start"},
           Words{"node", "--watch", "app.js"},
           Words{"nodejs", "-r", "hook", "--watch-path", "src", "app.js"},
           Words{"node", "--watch-path=src", "--watch", "app.js"},
           Words{"sh", "-c", "cd web; exec node --run start"},
       }) {
    CAPTURE(command.front());
    CAPTURE(command.back());
    for (const ExecMode mode : {ExecMode::automatic, ExecMode::cluster}) {
      const Clustering several = project.of(command, 2, mode);
      REQUIRE(several.problem);
      CHECK(several.problem->path == "command");
      CHECK(several.problem->rule.starts_with("cannot be 2 workers of a cluster: "));
      const Clustering one = project.of(command, 1, mode);
      CHECK((!one.problem && !one.is_clustered && one.remark.empty()));
    }
    const Clustering copies = project.of(command, 2, ExecMode::fork);
    CHECK((!copies.problem && !copies.is_clustered && copies.remark.empty()));
  }
}

TEST_CASE("what only looks like a wrapper is none") {
  const Project project;
  for (const Words& command : {
           Words{"python3", "npm"},
           Words{"env", "A=b", "node", "app.js", "npm"},
           Words{"env", "A=b"},
           Words{"node", "npm.js"},
           Words{"sh", "-c", "npm ci && exec node app.js"},
           Words{"sh", "-c", ""},
           Words{"sh", "-c", " ; "},
           Words{"echo", "-c", "npm start"},
           Words{"node", "app.js", "--watch"},
           Words{"node", "--", "app.js", "--run"},
           Words{"node", "--watching", "app.js"},
           Words{"node", "-e", "0", "x", "--watch"},
           Words{"bun", "--watch", "app.js"},
       }) {
    CAPTURE(command.back());
    CHECK(!project.of(command).problem);
  }
}

TEST_CASE("the line to write instead is that of package.json") {
  const Project project(R"("start": "node dist/server.js", "web": " node  --flag web.js ",
      "ts": "tsx watch src/app.ts", "again": "npm run start", "dev": "nodemon app.js",
      "both": "node a.js && node b.js", "env": "A=b node a.js", "next": "next start",
      "watched": "node --title x --watch app.js", "quoted": "node 'a b.js'", "built": "node a.js", "prebuilt": "tsc", "loop": "npm run loop",
      "number": 3)");
  struct Row {
    Words command;
    std::string_view instead;
  };
  const Row rows[] = {
      {{"npm", "start"}, "node dist/server.js"},
      {{"npm", "run", "web"}, "node --flag web.js"},
      {{"npm", "run-script", "start", "--", "--port", "1"}, "node dist/server.js --port 1"},
      {{"npm", "start", "--port", "1"}, "?"},
      {{"yarn", "start", "--port", "1"}, "node dist/server.js --port 1"},
      {{"yarn", "run", "web"}, "node --flag web.js"},
      {{"pnpm", "start"}, "node dist/server.js"},
      {{"sh", "-c", "exec npm start"}, "node dist/server.js"},
      {{"corepack", "pnpm", "start"}, "node dist/server.js"},
      {{"sh", "-c", "cd web && npm start"}, "?"},
      {{"npm", "run", "again"}, "node dist/server.js"},
      {{"npm", "run", "ts"}, "node --import tsx src/app.ts"},
      {{"npm", "run", "dev"}, "node app.js"},
      {{"npm", "run", "both"}, "?"},
      {{"npm", "run", "env"}, "?"},
      {{"npm", "run", "next"}, "?"},
      {{"npm", "run", "quoted"}, "?"},
      {{"npm", "run", "built"}, "?"},
      {{"npm", "run", "loop"}, "?"},
      {{"npm", "run", "number"}, "?"},
      {{"npm", "run", "nothing"}, "?"},
      {{"npm", "run"}, "?"},
      {{"npm"}, "?"},
      {{"npm", "--prefix", "web", "start"}, "?"},
      {{"npm", "start", "--", "a b'"}, "?"},
      {{"node", "--run", "start"}, "node dist/server.js"},
      {{"node", "--run", "start", "--", "--port", "1"}, "node dist/server.js --port 1"},
      {{"node", "--run", "start", "--port", "1"}, "?"},
      {{"node", "--run=start"}, "?"},
      {{"node", "--enable-source-maps", "--run", "start"}, "?"},
      {{"node", "--watch", "-r", "hook", "app.js", "--watch"}, "node -r hook app.js --watch"},
      {{"node", "--watch-path", "src", "app.js"}, "?"},
      {{"npm", "run", "watched"}, "node --title x app.js"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.command.back());
    CHECK(project.instead_of(row.command) == row.instead);
  }
}

TEST_CASE("the line to write instead of what runs a file") {
  const Project project;
  project.write("package.json", "{ no JSON");
  CHECK(project.instead_of({"npm", "start"}) == "?");
  CHECK(project.instead_of({"tsx", "app.ts", "-v"}) == "node --import tsx app.ts -v");
  CHECK(project.instead_of({"npx", "tsx", "app.ts"}) == "node --import tsx app.ts");
  CHECK(project.instead_of({"npx", "node", "app.js"}) == "node app.js");
  CHECK(project.instead_of({"npx", "--yes", "tsx", "app.ts"}) == "?");
  CHECK(project.instead_of({"tsx", "--tsconfig", "a.json", "app.ts"}) == "?");
  CHECK(project.instead_of({"nodemon", "app.mjs"}) == "node app.mjs");
  CHECK(project.instead_of({"nodemon", "app.ts"}) == "?");
  CHECK(project.instead_of({"nodemon"}) == "?");
  CHECK(project.of({"ts-node", "app.ts"}).problem->suggestion.starts_with("compile it first"));
}

TEST_CASE("programs that only set variables are of node too") {
  const Project project;
  CHECK(project.instead_of({"cross-env", "NODE_ENV=production", "node", "app.js"}) ==
        "node app.js");
  CHECK(project.instead_of({"dotenv", "-e", ".env", "--", "node", "app.js"}) == "node app.js");
  CHECK(project.instead_of({"node_modules/.bin/env-cmd", "node", "app.js"}) == "node app.js");
  CHECK(project.instead_of({"dotenvx", "run", "--", "next", "start"}) == "?");
  const auto found = project.of({"cross-env", "A=b", "node", "app.js"});
  CHECK(found.problem->suggestion.contains("its variables in env or env_file"));
}

TEST_CASE("behind the script an option is the app's") {
  const Project project;
  for (const auto& last : {"-p", "-e", "--print"}) {
    CAPTURE(last);
    CHECK(project.of({"node", "next", "start", last, "3000"}).is_clustered);
    CHECK(project.of({"node", last, "text"}).problem);
  }
}

TEST_CASE("of node it is an option that is at fault") {
  const Project project;
  CHECK(project.of({"node", "--watch", "app.js"}, 2).problem->rule ==
        "cannot be 2 workers of a cluster: node --watch takes the channel of each for itself, and "
        "its node gets none");
}

TEST_CASE("without a manifest the line is one of a command line") {
  const Project project(R"("start": "node app.js")");
  const auto typed = project.of({"npm", "start"}, 3, ExecMode::automatic, "");
  CHECK(typed.problem->suggestion.starts_with("write pmx-init -i 3 -- node app.js, or "));
}

TEST_CASE("a cluster is asked for: it is one, where Node or Bun may run") {
  const Project project;
  project.write("www", "#!/usr/bin/env node\nlisten();\n");
  project.write("run", "#!/bin/sh\necho node\n");
  for (const Words& command : {
           Words{"node", "app.js"},
           Words{"bun", "app.ts"},
           Words{"docker-entrypoint.sh", "node", "app.js"},
           Words{"sh", "-c", "npm ci && exec node app.js"},
           Words{"./www"},
       }) {
    CAPTURE(command.front());
    const Clustering found = project.of(command, 2, ExecMode::cluster);
    CHECK((found.is_clustered && !found.problem && found.remark.empty()));
  }
  for (const Words& command : {Words{"python3", "app.py"}, Words{"./run"}, Words{"./nothing"},
                               Words{"sh", "-c", "python3 app.py"}}) {
    CAPTURE(command.front());
    const Clustering found = project.of(command, 2, ExecMode::cluster);
    CHECK((!found.is_clustered && !found.problem));
    CHECK(found.remark.starts_with("api: "));
    const Clustering unasked = project.of(command, 2);
    CHECK((!unasked.is_clustered && unasked.remark.empty()));
  }
  CHECK(project.of({"node", "app.js"}, 2).is_clustered);
  CHECK(project.of({"node", "app.js"}, 1).is_clustered);
  CHECK(!project.of({"node", "app.js"}, 2, ExecMode::fork).is_clustered);
}

}  // namespace
}  // namespace pmx::cli
