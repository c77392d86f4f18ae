// Any bytes as a .env file: variables or a problem with its line, and what was read can be read
// again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/env_text.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// The same variable, in a form that needs no guessing. Nothing when quotes cannot hold the value.
std::string quoted(std::string_view variable) {
  const std::size_t equals = variable.find('=');
  const std::string_view value = variable.substr(equals + 1);
  for (const char quote : {'\'', '`'}) {
    if (!value.contains(quote)) {
      return std::string(variable.substr(0, equals + 1)) + quote + std::string(value) + quote;
    }
  }
  return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto variables = pmx::parse_env(text);
  if (!variables) {
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    require(variables.error().line >= 1 && variables.error().line <= lines);
    require(!variables.error().rule.empty());
    return 0;
  }
  for (const std::string& variable : *variables) {
    require(variable.find('=') > 0 && variable.find('=') != variable.npos);
    require(!variable.contains('\0'));
    // These mean something at the front of a line.
    const bool is_word = !variable.starts_with('#') && !variable.starts_with("export ");
    if (!is_word || quoted(variable).empty()) continue;
    const auto again = pmx::parse_env(quoted(variable));
    require(again && again->size() == 1 && again->front() == variable);
  }
  return 0;
}
