#include "cli/app_command.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace pmx::cli {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("what runs node is told by its program, or by a shell's command line") {
  for (const Words& command : {
           Words{"node", "app.js"},
           Words{"/usr/local/bin/nodejs", "app.js"},
           Words{"bun", "run", "app.ts"},
           Words{"npm", "start"},
           Words{"/usr/bin/yarn", "start"},
           Words{"sh", "-c", "node app.js"},
           Words{"/bin/sh", "-c", "cd web;PORT=1 exec ./node_modules/../bin/node app.js"},
           Words{"bash", "-lc", "(pnpm start)"},
       }) {
    CAPTURE(command.front());
    CAPTURE(command.back());
    CHECK(runs_node(command));
  }
  for (const Words& command : {
           Words{},
           Words{"python3", "node.py"},
           Words{"nodemon"},
           Words{"sh", "-c"},
           Words{"sh", "-c", "exec nodemon app.js"},
           Words{"sh", "node", "-c"},
           Words{"echo", "-c", "node"},
       }) {
    CHECK(!runs_node(command));
  }
}

TEST_CASE("the arguments of a command line in place of a script are the shell's") {
  AppSettings app;
  app.script = "serve -s build";
  CHECK(command_of(app, "/srv", "/nowhere", "/root") == Words{"sh", "-c", "serve -s build"});
  app.arguments = {"--port", "8 0"};
  CHECK(command_of(app, "/srv", "/nowhere", "/root") ==
        Words{"sh", "-c", "serve -s build \"$@\"", "sh", "--port", "8 0"});
}

}  // namespace
}  // namespace pmx::cli
