#include "cli/app_command.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/concat.h"
#include "base/named.h"
#include "base/text.h"
#include "cli/app_name.h"
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

bool is_python(std::string_view word) { return base_name(word).starts_with("python"); }

// As words, wherever they stand: "cd web; exec node app.js".
bool names_program(std::string_view line, bool (*is_meant)(std::string_view)) {
  constexpr std::string_view kBetween = " \t\n;&|()'\"";
  while (!line.empty()) {
    const std::size_t end = std::min(line.find_first_of(kBetween), line.size());
    if (is_meant(line.substr(0, end))) return true;
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return false;
}

std::string_view words_first(const std::vector<std::string>& words) {
  return words.empty() ? std::string_view{} : base_name(words.front());
}

std::string_view program_of(const AppSettings& app) {
  if (!app.command.empty() && app.interpreter.empty()) return words_first(app.command);
  const std::string_view interpreter = interpreter_of(app);
  // "script": "node", "args": "server.js"
  const bool is_own = interpreter.empty() && app.interpreter != "none";
  return base_name(is_own ? app.script : interpreter);
}

std::string path_of_script(const AppSettings& app, const std::string& folder,
                           std::string_view home) {
  return os::path_from(folder, at_home(app.script, home));
}

// With its interpreter in front: its arguments stand behind that, or behind the first word.
std::vector<std::string> whole_command(const AppSettings& app, std::string_view home) {
  std::vector<std::string> command = app.command;
  const std::string_view interpreter = interpreter_of(app);
  if (!interpreter.empty()) command.insert(command.begin(), at_home(interpreter, home));
  command.insert(command.begin() + 1, app.interpreter_arguments.begin(),
                 app.interpreter_arguments.end());
  command.insert(command.end(), app.arguments.begin(), app.arguments.end());
  return command;
}

}  // namespace

void find_interpreter(AppSettings& app, const std::string& folder, std::string_view search_path,
                      std::string_view home) {
  if (app.script.empty() || app.interpreter == "none" || !interpreter_of(app).empty()) return;
  std::string path = path_of_script(app, folder, home);
  const bool is_elsewhere = !os::exists(path.c_str()) && !app.script.contains('/');
  if (is_elsewhere && !app.interpreter_arguments.empty()) {
    path = os::find_program(app.script, search_path);
  }
  const auto start = os::read_start(path.c_str());
  const bool is_folder = !start && os::exists(concat(path, "/index.js").c_str());
  if (!is_folder && (!start || start->contains('\0'))) return;  // there is none, or it is a program
  if (is_folder || !start->starts_with("#!")) {
    app.interpreter = "node";
    return;
  }
  std::string_view line = std::string_view(*start).substr(2, start->find('\n') - 2);
  std::string_view program = next_word(line);
  if (base_name(program) == "env") {
    program = next_word(line);
    if (program == "-S") program = next_word(line);
  }
  if (!is_among(base_name(program), "node nodejs bun")) return;
  app.interpreter = program;
  std::ptrdiff_t place = 0;
  for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
    app.interpreter_arguments.insert(app.interpreter_arguments.begin() + place++,
                                     std::string(word));
  }
}

bool takes_interpreter_arguments(const AppSettings& app) {
  if (!interpreter_of(app).empty()) return true;
  return !app.command.empty() && is_interpreter(app.command.front());
}

std::vector<std::string> command_of(const AppSettings& app, const std::string& folder,
                                    std::string_view search_path, std::string_view home) {
  if (!app.command.empty()) return whole_command(app, home);
  const std::string script = at_home(app.script, home);
  const std::string path = path_of_script(app, folder, home);
  const bool is_there = os::exists(path.c_str());
  const std::string program =
      is_there || script.contains('/') ? std::string() : os::find_program(script, search_path);

  std::vector<std::string> command;
  // A whole command line in place of a script; its arguments become the shell's.
  const bool is_line = !is_there && program.empty() && script.contains(' ');
  const std::string shell = os::find_program("bash", search_path).empty() ? "sh" : "bash";
  if (is_line && app.arguments.empty()) return {shell, "-c", script};
  if (is_line) {
    command = {shell, "-c", concat(script, " \"$@\""), shell};
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

std::string missing_words(const AppSettings& app, const std::vector<std::string>& command,
                          const std::string& folder, std::string_view search_path) {
  if (command.empty()) return {};
  const std::string& program = command.front();
  const auto is_there = [&folder](const std::string& file) {
    return os::exists(os::path_from(folder, file).c_str());
  };
  if (!is_there(".")) return concat(folder, " is not there");
  const bool is_path = program.contains('/');
  if (is_path ? !is_there(program) : os::find_program(program, search_path).empty()) {
    if (!is_path) return concat('"', program, "\" is in no folder of PATH");
    const bool was_looked_for = !app.script.empty() && !app.script.contains('/');
    if (!was_looked_for || !interpreter_of(app).empty()) return concat(program, " is not there");
    const std::string own = concat("node_modules/.bin/", app.script);
    return concat('"', app.script, "\" is neither in ", folder, " nor in a folder of PATH",
                  is_there(own) ? concat(": write ", own) : "");
  }
  const bool is_node = is_among(base_name(program), "node nodejs");
  const std::size_t script = is_node ? script_of(command) : 0;
  if (script == 0 || is_there(command[script])) return {};
  const std::string path = os::path_from(folder, command[script]);
  return is_there(concat(path, ".js")) ? std::string() : concat(path, " is not there");
}

std::string_view shell_line(const std::vector<std::string>& command) {
  if (command.size() < 3 || !command[1].starts_with('-') || !command[1].ends_with('c')) return {};
  const bool is_shell = std::ranges::find(kShells, base_name(command.front())) != kShells.end();
  return is_shell ? std::string_view(command[2]) : std::string_view{};
}

bool runs_node(const std::vector<std::string>& command) {
  if (command.empty()) return false;
  return is_node_program(command.front()) || names_program(shell_line(command), is_node_program);
}

bool runs_python(const std::vector<std::string>& command) {
  if (command.empty()) return false;
  return is_python(command.front()) || names_program(shell_line(command), is_python);
}

bool runs_bun(const AppSettings& app) { return program_of(app) == "bun"; }

bool is_node_app(const AppSettings& app) {
  const std::string_view program = program_of(app);
  return program == "node" || program == "nodejs" || program == "bun";
}

}  // namespace pmx::cli
