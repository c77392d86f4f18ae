// What the options of node look like.
#pragma once

#include <string_view>

namespace pmx {

// Whether the word behind this one is its value, as in "--env-file .env"; "--env-file=.env" has it
// already. Of what `node --help` of any version has, where an app or a text is run: none of its
// test runner, or of what builds a snapshot.
[[nodiscard]] bool takes_next_word(std::string_view option) noexcept;

}  // namespace pmx
