#include "cli/cluster_command.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/concat.h"
#include "base/text.h"
#include "cli/app_command.h"
#include "cli/app_name.h"
#include "codec/json_document.h"
#include "core/validate.h"
#include "os/file.h"
#include "os/spawn_plan.h"

namespace pmx::cli {
namespace {

using Words = std::vector<std::string>;

constexpr std::string_view kOfScripts = "npm yarn yarnpkg pnpm";  // they run those of package.json
constexpr std::string_view kOfPrograms = "npx pnpx bunx";
constexpr std::string_view kOfTypeScript = "tsx ts-node";
constexpr std::string_view kOfNode = "--run --watch --watch-path";  // it starts another one
constexpr std::string_view kInFront = "exec env corepack docker-entrypoint.sh";
constexpr std::string_view kOfVariables = "cross-env dotenv dotenvx env-cmd";  // programs of node
// Not in the words of a command that means the same with and without a shell.
constexpr std::string_view kOfShells = "&|;<>$`'\"\\*?(){}[]#~!\n";

bool is_wrapper(std::string_view word) {
  const std::string_view name = base_name(word);
  return name == "nodemon" || is_among(name, kOfScripts) || is_among(name, kOfPrograms) ||
         is_among(name, kOfTypeScript) || is_among(name, kOfVariables);
}

// Of `node --watch app.js`: where that option is; 0: nowhere.
std::size_t wrapping_option(const Words& words) {
  if (words.empty() || !is_among(base_name(words.front()), "node nodejs")) return 0;
  const std::size_t script = script_of(words);
  for (std::size_t i = 1; i < words.size() && i != script; ++i) {
    std::string_view option = words[i];
    if (is_among(next_field(option, '='), kOfNode)) return i;
    if (is_among(words[i], "-- -e --eval -p --print -pe")) break;
  }
  return 0;
}

bool is_runtime(std::string_view word) { return is_among(base_name(word), "node nodejs bun"); }

Words words_of(std::string_view line) {
  Words words;
  for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
    words.emplace_back(word);
  }
  return words;
}

std::string joined(std::span<const std::string> words) {
  std::string line;
  for (const std::string& word : words) append(line, line.empty() ? "" : " ", word);
  return line;
}

// What only becomes the command behind it, with its options and variables: "env -i A=b npm start".
void drop_what_is_in_front(Words& words) {
  auto first = words.begin();
  bool has_begun = false;
  for (; first != words.end(); ++first) {
    const bool is_in_front = first->contains('=') || is_among(base_name(*first), kInFront);
    if (!is_in_front && !(has_begun && first->starts_with('-'))) break;
    has_begun = true;
  }
  words.erase(words.begin(), first);
}

// A wrapper and its arguments, in a command.
struct Wrapper {
  Words words;               // none: there is no wrapper
  bool is_in_folder = true;  // and not where a shell has gone before
};

// The one that a shell stays with: in "npm ci && exec node app.js" it is node.
Wrapper last_in_line(std::string_view line) {
  line = line.substr(0, line.find_last_not_of(" \t\n;)") + 1);
  const std::size_t before = line.find_last_of(";&|(\n");
  Wrapper found;
  found.is_in_folder = before == std::string_view::npos;
  if (!found.is_in_folder) line.remove_prefix(before + 1);
  found.words = words_of(line);
  return found;
}

Wrapper wrapper_in(const Words& command, const std::string& folder) {
  Wrapper found{command};
  const std::string_view line = shell_line(command);
  if (!line.empty()) found = last_in_line(line);
  drop_what_is_in_front(found.words);
  // "node node_modules/.bin/tsx app.ts"
  if (found.words.size() > 1 && is_runtime(found.words[0]) && is_wrapper(found.words[1])) {
    found.words.erase(found.words.begin());
  }
  if (found.words.empty()) return {};
  if (!is_wrapper(found.words.front()) && wrapping_option(found.words) == 0) return {};
  const std::string own = concat(folder, "/");
  for (std::string& word : found.words) {
    if (word.starts_with(own)) word.erase(0, own.size());
  }
  return found;
}

// The script that npm or one of its kind is told to run, and what is handed to it.
struct ScriptCall {
  std::string name;  // empty: not understood
  Words arguments;
};

ScriptCall script_call(std::span<const std::string> words) {
  bool has_own_options = is_among(base_name(words.front()), "npm node");  // until there is "--"
  words = words.subspan(1);
  if (!words.empty() && is_among(words.front(), "run run-script --run")) words = words.subspan(1);
  if (words.empty() || words.front().starts_with('-')) return {};
  ScriptCall call{words.front(), {}};
  for (const std::string& word : words.subspan(1)) {
    if (word == "--" && call.arguments.empty()) {
      has_own_options = false;
      continue;
    }
    if (has_own_options && word.starts_with('-')) return {};
    call.arguments.push_back(word);
  }
  return call;
}

// Empty: there is none, or something is to be run before it.
std::string script_of_package(const std::string& folder, const std::string& name) {
  const auto text = os::read_file(concat(folder, "/package.json").c_str());
  if (!text) return {};
  const auto document = parse_json_document(*text);
  if (!document) return {};
  const Node::Member* const scripts = document->find("scripts");
  if (scripts == nullptr || scripts->value.find(concat("pre", name)) != nullptr) return {};
  const Node::Member* const script = scripts->value.find(name);
  const std::string* const line = script == nullptr ? nullptr : script->value.text();
  return line == nullptr ? std::string() : *line;
}

// What a wrapper comes to, as far as that can be told without it; else empty.
Words node_words(Words words, const std::string& folder) {
  constexpr int kDeepest = 8;  // scripts may name each other
  for (int i = 0; i < kDeepest && !words.empty(); ++i) {
    const std::size_t option = wrapping_option(words);
    if (option == 0 && words.front() == "node") return words;
    const std::string name(base_name(words.front()));
    const bool has_file = words.size() > 1 && !words[1].starts_with('-');
    if (is_among(name, kOfScripts) || (option == 1 && words[1] == "--run")) {
      const ScriptCall call = script_call(words);
      if (call.name.empty()) return {};
      const std::string line = script_of_package(folder, call.name);
      if (line.find_first_of(kOfShells) != std::string::npos) return {};
      words = words_of(line);
      words.insert(words.end(), call.arguments.begin(), call.arguments.end());
    } else if (option != 0 && words[option] == "--watch") {
      words.front() = "node";
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(option));
    } else if (is_among(name, kOfPrograms) && has_file) {
      words.erase(words.begin());
    } else if (name == "tsx" && has_file) {
      words.erase(words.begin(), words.begin() + (words[1] == "watch" ? 2 : 1));
      words.insert(words.begin(), {"node", "--import", "tsx"});
    } else if (name == "nodemon" && has_file && words[1].ends_with("js")) {
      words.front() = "node";
    } else {
      return {};
    }
  }
  return {};
}

std::string as_written(const InstanceCount& count) {
  switch (count.kind) {
    case InstanceCount::Kind::number:
      return std::to_string(count.amount);
    case InstanceCount::Kind::percent:
      return concat(count.amount, "%");
    case InstanceCount::Kind::all_but:
      return count.amount == 0 ? "max" : concat("-", count.amount);
  }
  return {};
}

std::string suggestion_for(const AppSettings& app, const Wrapper& wrapper,
                           const std::string& folder) {
  Words words = wrapper.words;
  const bool sets_variables = is_among(base_name(words.front()), kOfVariables);
  if (sets_variables) {
    const auto behind = words.begin() + 1;
    words.erase(words.begin(), std::ranges::find_if(behind, words.end(), is_runtime));
  }
  words = wrapper.is_in_folder ? node_words(std::move(words), folder) : Words();
  std::string line = joined(words);
  const bool is_known = !line.empty() && line.find_first_of(kOfShells) == std::string::npos;
  if (!is_known) line = "node dist/server.js";
  const bool is_typescript = is_among(base_name(wrapper.words.front()), kOfTypeScript);
  const std::string_view how = is_known        ? "write "
                               : is_typescript ? "compile it first and write for example "
                                               : "write what it comes to, for example ";
  const std::string_view besides = sets_variables ? ", its variables in env or env_file" : "";
  // Without a manifest it was typed.
  if (app.file.empty()) {
    return concat(how, "pmx-init -i ", as_written(*app.instances), " -- ", line, besides,
                  ", or --exec-mode fork for processes that share no port");
  }
  return concat(how, "\"command\": \"", line, is_known ? "\" instead" : "\"", besides,
                ", or \"exec_mode\": \"fork\" for processes that share no port");
}

Problem problem_of(const AppSettings& app, const Wrapper& wrapper, unsigned instances,
                   const std::string& folder) {
  const std::string_view key = app.command.empty() ? "script" : "command";
  std::string name(base_name(wrapper.words.front()));
  if (const std::size_t option = wrapping_option(wrapper.words); option != 0) {
    append(name, " ", wrapper.words[option]);
  }
  return problem_of_key(app, key, concat('"', joined(wrapper.words), '"'),
                        concat("cannot be ", instances, " workers of a cluster: ", name,
                               " takes the channel of each for itself, and its node gets none"),
                        suggestion_for(app, wrapper, folder));
}

// With nothing behind its text node knows no script, and listens for no primary.
bool is_bare_text(const Words& command) {
  if (command.size() < 3 || !is_among(base_name(command.front()), "node nodejs")) return false;
  return script_of(command) == 0 &&
         is_among(command[command.size() - 2], "-e --eval -p -pe --print");
}

Problem problem_of_text(const AppSettings& app, const Words& command) {
  return problem_of_key(app, app.command.empty() ? "script" : "command",
                        concat('"', joined(std::span(command).first(2)), '"'),
                        "is no worker of a cluster: node takes part in one only with a script",
                        "write the text to a file, or a word behind it");
}

// As a script that names its interpreter in its first line: bin/www.
bool is_script_of_node(const App& app, const std::string& folder) {
  std::string program = app.process.arguments.front();
  if (!program.contains('/')) {
    const char* const path = app.process.environment.find("PATH");
    program = os::find_program(program, path == nullptr ? os::kDefaultPath : path);
  } else if (!program.starts_with('/')) {
    program.insert(0, concat(folder, "/"));
  }
  const auto text = os::read_file(program.c_str());
  if (!text || !text->starts_with("#!")) return false;
  const std::string_view first = std::string_view(*text).substr(2, text->find('\n') - 2);
  return std::ranges::any_of(words_of(first), is_runtime);
}

// Node may stand behind others: "docker-entrypoint.sh node app.js", "env A=b node app.js".
bool may_be_worker(const App& app, const std::string& folder) {
  const Words& command = app.process.arguments;
  if (command.empty()) return false;
  return std::ranges::any_of(command, is_runtime) || runs_node(command) ||
         is_script_of_node(app, folder);
}

}  // namespace

Clustering clustering_of(const AppSettings& settings, const App& app, const std::string& folder) {
  if (settings.exec_mode == ExecMode::fork) return {};
  const Wrapper wrapper = wrapper_in(app.process.arguments, folder);
  if (!wrapper.words.empty()) {
    if (app.instances == 1) return {};
    return {.problem = problem_of(settings, wrapper, app.instances, folder)};
  }
  const bool is_automatic = settings.exec_mode == ExecMode::automatic;
  const bool is_clustered =
      is_automatic ? settings.instances && is_node_app(settings) : may_be_worker(app, folder);
  if (is_clustered && is_bare_text(app.process.arguments)) {
    return {.problem = problem_of_text(settings, app.process.arguments)};
  }
  if (is_clustered || is_automatic) return {.is_clustered = is_clustered};
  return {.remark = concat(settings.name,
                           ": \"exec_mode\": \"cluster\" is for apps of Node and Bun, and this is "
                           "none of them; it is run as \"fork\"")};
}

Balance balance_of(const AppSettings& settings, const App& app) {
  const char* const policy = app.process.environment.find("NODE_CLUSTER_SCHED_POLICY");
  const bool is_none = policy != nullptr && std::string_view(policy) == "none";
  return settings.balance.value_or(is_none ? Balance::shared : Balance::round_robin);
}

}  // namespace pmx::cli
