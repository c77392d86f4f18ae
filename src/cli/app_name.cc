#include "cli/app_name.h"

#include <cstddef>

#include "base/text.h"
#include "core/node_options.h"
#include "core/output_policy.h"

namespace pmx::cli {
namespace {

constexpr std::string_view kInterpreters =
    "node nodejs bun deno tsx ts-node python ruby perl php sh bash dash ash zsh";
constexpr std::string_view kShellNames = "sh bash dash ash zsh";
// Options of the others whose value is the next word.
constexpr std::string_view kWithValueOfOthers = "-X -W -I -o";
// Options behind which there is program text, or a module: no script.
constexpr std::string_view kWithoutScript = "-e --eval -p --print -pe -c -m --run";
// bun run app.ts, node inspect app.js, tsx watch app.ts
constexpr std::string_view kWords = "run start inspect watch";

// "-ec" of a shell: several letters in a word, the last of which may have a value behind it.
bool has_letter(std::string_view word, char letter) {
  return word.starts_with('-') && !word.starts_with("--") && word.contains(letter);
}

std::string_view without_extension(std::string_view file) {
  const std::size_t dot = file.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? file : file.substr(0, dot);
}

}  // namespace

std::size_t script_of(const std::vector<std::string>& command) {
  if (command.empty() || !is_interpreter(command.front())) return 0;
  const bool is_shell = is_among(base_name(command.front()), kShellNames);
  for (std::size_t i = 1; i < command.size(); ++i) {
    const std::string_view word = command[i];
    if (is_among(word, kWithoutScript) || (is_shell && has_letter(word, 'c'))) return 0;
    if (takes_next_word(word) || is_among(word, kWithValueOfOthers) ||
        (is_shell && has_letter(word, 'o')))
      ++i;
    else if (!word.starts_with('-') && !is_among(word, kWords))
      return i;
  }
  return 0;
}

bool is_interpreter(std::string_view program) noexcept {
  const std::string_view name = base_name(program);  // python3.11
  return is_among(name.substr(0, name.find_last_not_of("0123456789.") + 1), kInterpreters);
}

std::string app_name(const std::vector<std::string>& command) {
  std::string_view name = base_name(command.front());
  if (const std::size_t at = script_of(command); at > 0) {
    std::string_view script = command[at];
    while (script.ends_with('/')) script.remove_suffix(1);
    script = without_extension(base_name(script));
    if (!script.empty() && script != "." && script != "..") name = script;
  }
  if (name.empty()) name = "app";
  return std::string(name.substr(0, kLongestAppName));
}

}  // namespace pmx::cli
