// What an app is called when nobody says.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pmx::cli {

// Which word is a script that the first, an interpreter, runs; 0: there is none.
[[nodiscard]] std::size_t script_of(const std::vector<std::string>& command);

// The script's name without its extension for interpreters (`node -r x app.js` is "app"), else the
// command's own name. Never empty, at most kLongestAppName bytes.
[[nodiscard]] std::string app_name(const std::vector<std::string>& command);

// "node", "/usr/bin/python3": what runs scripts, whose name says what it is.
[[nodiscard]] bool is_interpreter(std::string_view program) noexcept;

}  // namespace pmx::cli
