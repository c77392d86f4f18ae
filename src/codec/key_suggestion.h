// What somebody meant who wrote a key that there is not.
#pragma once

#include <string>
#include <string_view>

namespace pmx {

// "did you mean cwd?", "it belongs beside apps"; empty when nobody can tell.
[[nodiscard]] std::string suggestion_for_app_key(std::string_view written);
[[nodiscard]] std::string suggestion_for_manifest_key(std::string_view written);

}  // namespace pmx
