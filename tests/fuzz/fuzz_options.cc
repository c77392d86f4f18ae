// Any words and variables: options or a sentence, and options that stay the same when they are
// given behind "--".
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "cli/parse_options.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// Lines are words; those behind an empty line are variables.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> words;
  std::vector<std::string_view> variables;
  bool are_variables = false;
  while (!rest.empty()) {
    const std::string_view line = pmx::next_field(rest, '\n');
    if (line.empty() && !are_variables)
      are_variables = true;
    else
      (are_variables ? variables : words).push_back(line);
  }
  const auto options = pmx::cli::parse_options(words, variables);
  if (!options) {
    require(!options.error().sentence.empty());
    return 0;
  }
  if (options->ask != pmx::cli::Options::Ask::init) return 0;
  require(options->pause == options->command.empty());
  if (const auto& limit = options->output.max_record) {
    require(*limit >= pmx::kSmallestMaxRecord && *limit <= pmx::kLargestMaxRecord);
  }
  require(options->name.size() <= pmx::kLongestAppName);
  for (const auto& limit : options->limits) require(limit.soft <= limit.hard);

  std::vector<std::string_view> command{"--"};
  command.insert(command.end(), options->command.begin(), options->command.end());
  if (options->command.empty()) return 0;
  const auto again = pmx::cli::parse_options(command, {});
  require(again && again->command == options->command);
  return 0;
}
