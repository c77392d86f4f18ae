#include "cli/app_command.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/concat.h"
#include "base/named.h"
#include "base/text.h"
#include "os/file.h"

namespace pmx::cli {
namespace {

// By the script's extension, as pm2 has them; node strips the types of TypeScript itself.
constexpr std::array<Named<std::string_view>, 13> kInterpreterByExtension{{{".js", "node"},
                                                                           {".cjs", "node"},
                                                                           {".mjs", "node"},
                                                                           {".ts", "node"},
                                                                           {".cts", "node"},
                                                                           {".mts", "node"},
                                                                           {".sh", "bash"},
                                                                           {".bash", "bash"},
                                                                           {".py", "python3"},
                                                                           {".rb", "ruby"},
                                                                           {".php", "php"},
                                                                           {".pl", "perl"},
                                                                           {".tsx", "node"}}};

std::string_view extension(std::string_view script) {
  const std::string_view file = base_name(script);
  const std::size_t dot = file.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : file.substr(dot);
}

std::string_view interpreter_of(const AppSettings& app) {
  if (app.interpreter == "none") return {};
  if (!app.interpreter.empty()) return app.interpreter;
  return from_name(kInterpreterByExtension, extension(app.script)).value_or(std::string_view{});
}

std::string at_home(std::string_view path, std::string_view home) {
  if (!path.starts_with("~/")) return std::string(path);
  return concat(home, path.substr(1));
}

constexpr std::array<std::string_view, 10> kNodePrograms{
    "node", "nodejs", "bun", "bunx", "npm", "npx", "yarn", "yarnpkg", "pnpm", "pnpx"};
constexpr std::array<std::string_view, 5> kShells{"sh", "bash", "dash", "ash", "zsh"};

bool is_node_program(std::string_view word) {
  return std::ranges::find(kNodePrograms, base_name(word)) != kNodePrograms.end();
}

// As words, wherever they stand: "cd web; exec node app.js".
bool names_node_program(std::string_view line) {
  constexpr std::string_view kBetween = " \t\n;&|()'\"";
  while (!line.empty()) {
    const std::size_t end = std::min(line.find_first_of(kBetween), line.size());
    if (is_node_program(line.substr(0, end))) return true;
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return false;
}

std::string_view words_first(const std::vector<std::string>& words) {
  return words.empty() ? std::string_view{} : base_name(words.front());
}

std::string_view program_of(const AppSettings& app) {
  return app.command.empty() ? base_name(interpreter_of(app)) : words_first(app.command);
}

}  // namespace

std::vector<std::string> command_of(const AppSettings& app, const std::string& folder,
                                    std::string_view search_path, std::string_view home) {
  if (!app.command.empty()) return app.command;
  const std::string script = at_home(app.script, home);
  const bool is_absolute = script.starts_with('/');
  const std::string path = is_absolute ? script : concat(folder, "/", script);
  const bool is_there = os::exists(path.c_str());
  const std::string program =
      is_there || script.contains('/') ? std::string() : os::find_program(script, search_path);

  std::vector<std::string> command;
  // A whole command line in place of a script; its arguments become the shell's.
  const bool is_line = !is_there && program.empty() && script.contains(' ');
  if (is_line && app.arguments.empty()) return {"sh", "-c", script};
  if (is_line) {
    command = {"sh", "-c", concat(script, " \"$@\""), "sh"};
    command.insert(command.end(), app.arguments.begin(), app.arguments.end());
    return command;
  }
  const std::string_view interpreter = interpreter_of(app);
  if (!interpreter.empty()) {
    command.push_back(at_home(interpreter, home));
    command.insert(command.end(), app.interpreter_arguments.begin(),
                   app.interpreter_arguments.end());
  }
  command.push_back(program.empty() ? path : interpreter.empty() ? script : program);
  command.insert(command.end(), app.arguments.begin(), app.arguments.end());
  return command;
}

std::string_view shell_line(const std::vector<std::string>& command) {
  if (command.size() < 3 || !command[1].starts_with('-') || !command[1].ends_with('c')) return {};
  const bool is_shell = std::ranges::find(kShells, base_name(command.front())) != kShells.end();
  return is_shell ? std::string_view(command[2]) : std::string_view{};
}

bool runs_node(const std::vector<std::string>& command) {
  if (command.empty()) return false;
  return is_node_program(command.front()) || names_node_program(shell_line(command));
}

bool runs_bun(const AppSettings& app) { return program_of(app) == "bun"; }

bool is_node_app(const AppSettings& app) {
  const std::string_view program = program_of(app);
  return program == "node" || program == "nodejs" || program == "bun";
}

}  // namespace pmx::cli
