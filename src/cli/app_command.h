// The command line that starts an app.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/app_settings.h"

namespace pmx::cli {

// From script or `command`, interpreter and their arguments, as pm2 has them. A script is looked
// for in `folder`, then in PATH. `home` stands for "~".
[[nodiscard]] std::vector<std::string> command_of(const AppSettings& app, const std::string& folder,
                                                  std::string_view search_path,
                                                  std::string_view home);

// Of a script whose name does not say what runs it: a text without "#!" is node's, as in pm2, and
// one that names node or bun is theirs, with the arguments that are there. What is found in
// PATH is executed itself, unless there are arguments for its interpreter.
void find_interpreter(AppSettings& app, const std::string& folder, std::string_view search_path,
                      std::string_view home);

// What of that command is not there: the folder, the program, or the script of node. Empty:
// nothing.
[[nodiscard]] std::string missing_words(const AppSettings& app,
                                        const std::vector<std::string>& command,
                                        const std::string& folder, std::string_view search_path);

// Whether there is an interpreter, which the arguments for it can be given to.
[[nodiscard]] bool takes_interpreter_arguments(const AppSettings& app);

// Whether a program that has to do with Node runs in this command: node or bun itself, npm and the
// like, or any of them in a shell's command line.
[[nodiscard]] bool runs_node(const std::vector<std::string>& command);

[[nodiscard]] bool runs_python(const std::vector<std::string>& command);

// The command line that a shell is given by this command; empty: it is none.
[[nodiscard]] std::string_view shell_line(const std::vector<std::string>& command);

// Whether the app is one of Node or Bun, with a way to be clustered.
[[nodiscard]] bool is_node_app(const AppSettings& app);
[[nodiscard]] bool runs_bun(const AppSettings& app);

}  // namespace pmx::cli
