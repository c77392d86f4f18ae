#include "cli/app_name.h"

#include <doctest/doctest.h>

namespace pmx::cli {
namespace {

TEST_CASE("an app is called after its script, or after its program") {
  struct Row {
    std::vector<std::string> command;
    std::string_view name;
  };
  const Row rows[] = {
      {{"node", "app.js"}, "app"},
      {{"/usr/local/bin/node", "/srv/api/server.mjs"}, "server"},
      {{"node", "--enable-source-maps", "-r", "dotenv/config", "dist/main.cjs"}, "main"},
      {{"node", "--import", "tsx", "src/index.ts"}, "index"},
      {{"node", "--require=x", "my.app.js"}, "my.app"},
      {{"node", "-e", "1+1"}, "node"},
      {{"node", "-p", "1", "x.js"}, "node"},
      {{"node"}, "node"},
      {{"node", "."}, "node"},
      {{"node", "dist/"}, "dist"},
      {{"node", "--", "x.js"}, "x"},
      {{"node", ".hidden"}, ".hidden"},
      {{"node", "--env-file", ".env", "app.js"}, "app"},
      {{"node", "--env-file=.env", "app.js"}, "app"},
      {{"node", "--title", "foo", "app.js"}, "app"},
      {{"python3", "-X", "utf8", "-W", "error", "worker.py"}, "worker"},
      {{"node", "--experimental-policy", "policy.json", "app.js"}, "app"},
      {{"node", "--watch-path", "./src", "app.ts"}, "app"},
      {{"node", "--inspect-port", "9230", "--report-dir", "/tmp", "app.js"}, "app"},
      {{"node", "--inspect", "app.js"}, "app"},
      {{"node", "inspect", "a.js"}, "a"},
      {{"node", "-pe", "1+1"}, "node"},
      {{"node", "--run", "build"}, "node"},
      {{"tsx", "watch", "src/main.ts"}, "main"},
      {{"sh", "-ec", "exit"}, "sh"},
      {{"bash", "-eo", "pipefail", "start.sh"}, "start"},
      {{"bash", "--noprofile", "start.sh"}, "start"},
      {{"npm", "start"}, "npm"},
      {{"bun", "run", "app.ts"}, "app"},
      {{"sh", "-c", "echo hello"}, "sh"},
      {{"/bin/sh", "./start.sh", "x"}, "start"},
      {{"python3", "-m", "http.server"}, "python3"},
      {{"python", "-u", "worker.py"}, "worker"},
      {{"/usr/bin/python3.11", "worker.py"}, "worker"},
      {{"./run.sh", "x.js"}, "run.sh"},
      {{"/usr/sbin/nginx", "-g", "daemon off;"}, "nginx"},
      {{"bin/"}, "app"},
      {{"/"}, "app"},
      {{""}, "app"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.command.front());
    CHECK(app_name(row.command) == row.name);
  }
}

TEST_CASE("a name is never longer than a record has room for") {
  CHECK(app_name({std::string(500, 'x')}) == std::string(128, 'x'));
}

}  // namespace
}  // namespace pmx::cli
