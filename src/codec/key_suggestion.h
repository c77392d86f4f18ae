// What somebody meant who wrote a key that there is not.
#pragma once

#include <string>
#include <string_view>

namespace pmx {

// The key that looks most like it, or like its word in files of other programs; empty when none
// does.
[[nodiscard]] std::string_view nearest_app_key(std::string_view written);
[[nodiscard]] std::string_view nearest_manifest_key(std::string_view written);

// "did you mean cwd?", "it belongs beside apps"; empty when nobody can tell.
[[nodiscard]] std::string suggestion_for_app_key(std::string_view written);
[[nodiscard]] std::string suggestion_for_manifest_key(std::string_view written);

}  // namespace pmx
