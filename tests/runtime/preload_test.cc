#include "runtime/preload.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace pmx::runtime {
namespace {

std::string options_of(std::string_view own, const std::vector<std::string>& arguments) {
  Preload preload;
  return preload.options_with(own, arguments).value_or("");
}

TEST_CASE("the preload comes before the user's options") {
  const std::string options = options_of("--title=x", {"node", "app.js"});
  CHECK(options.starts_with("--require=/"));
  CHECK(options.ends_with(".cjs --title=x"));
  CHECK(!options_of("", {"node"}).contains(' '));
}

TEST_CASE("only where node asks for every file it is told that it may read this one") {
  const auto is_allowed = [](std::string_view own, const std::vector<std::string>& arguments) {
    return options_of(own, arguments).contains(" --allow-fs-read=/");
  };
  CHECK(is_allowed("", {"node", "--permission", "app.js"}));
  CHECK(is_allowed("", {"node", "--experimental-permission", "app.js"}));
  CHECK(is_allowed("--title=x --permission", {"node", "app.js"}));
  CHECK(!is_allowed("--require=/app/permission.js", {"node", "app.js"}));
}

}  // namespace
}  // namespace pmx::runtime
