#include "cli/subcommand_help.h"

#include <doctest/doctest.h>

#include <string>

#include "cli/option_table.h"

namespace pmx::cli {

TEST_CASE("there is help on every subcommand but one that is still to come") {
  for (const std::string_view name : subcommands()) {
    const auto text = help_on_subcommand(name);
    CHECK_MESSAGE(text.has_value(), std::string(name));
    if (!text) continue;
    CHECK(text->starts_with("pmx-init " + std::string(name)));
  }
  CHECK_FALSE(help_on_subcommand("nothing"));
  CHECK_FALSE(help_on_subcommand("list ls"));
}

TEST_CASE("it names the options that are the subcommand's own") {
  const std::string text = *help_on_subcommand("logs");
  CHECK(text.contains("--follow"));
  CHECK(text.contains("so many of each instance (15)"));
  CHECK_FALSE(text.contains("of logs: "));
  CHECK_FALSE(text.contains("--dot"));
}

}  // namespace pmx::cli
