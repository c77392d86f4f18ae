#include "cli/app_name.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"
#include "core/output_policy.h"

namespace pmx::cli {
namespace {

constexpr auto kInterpreters = std::to_array<std::string_view>(
    {"node", "nodejs", "bun", "deno", "tsx", "ts-node", "python", "python3", "ruby", "perl", "php",
     "sh", "bash", "dash", "ash", "zsh"});
// Options of theirs whose value is the next word.
constexpr auto kWithValue = std::to_array<std::string_view>(
    {"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "-X",
     "-W", "-I", "-o"});
// Options behind which there is program text, or a module: no script.
constexpr auto kWithoutScript =
    std::to_array<std::string_view>({"-e", "--eval", "-p", "--print", "-c", "-m"});
constexpr auto kWords = std::to_array<std::string_view>({"run", "start"});  // bun run app.ts

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string_view without_extension(std::string_view file) {
  const std::size_t dot = file.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? file : file.substr(0, dot);
}

}  // namespace

std::size_t script_of(const std::vector<std::string>& command) {
  if (command.empty() || !contains(kInterpreters, base_name(command.front()))) return 0;
  for (std::size_t i = 1; i < command.size(); ++i) {
    const std::string_view word = command[i];
    if (contains(kWithoutScript, word)) return 0;
    if (contains(kWithValue, word))
      ++i;
    else if (!word.starts_with('-') && !contains(kWords, word))
      return i;
  }
  return 0;
}

bool is_interpreter(std::string_view program) noexcept {
  return contains(kInterpreters, base_name(program));
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
